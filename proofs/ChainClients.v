(** * The tagged chain, as its clients see it: linearizable by the book

    [ChainCounter.v] speaks of rounds and of moments. Here are the requests of clients, to add or to get, and the
    definition of linearizability for them in its usual form: there is one sequence of requests, with all that
    were answered with success, perhaps some whose outcome is unknown, and none that was called not done, in
    which every answer is right and which turns round no two requests one of which was answered before the other
    was made.

    What is assumed beyond the rules of [Chain.v] ([batched]): a request is carried out in a round that begins
    after the request was made; it is answered with success after that round was finished, a get with the round's
    result; a round's delta is the sum of its adds. (A request whose round was not done may be carried into
    another one: it then counts here as a request of the last.)

    Rust: [crates/quipu-node/src/nodes/batch.rs]. *)

From Coq Require Import List String Arith ZArith Lia Bool Sorted.
From Quipu Require Import SeqStore Chain ChainOrder ChainCounter.
Import ListNotations.

Inductive kind := Add (amount : Z) | Get.

Record request := Request {
  name : nat;                        (** tells requests apart that are alike *)
  what : kind;
  by_round : round;
  called : time;
  returned : option (time * Z)       (** with success; the number that an add returns means nothing *)
}.

Definition amount (o : request) : Z := match what o with Add d => d | Get => 0 end.

(** The counter, request after request. *)
Fixpoint sequential (z : Z) (os : list request) : Prop :=
  match os with
  | [] => True
  | o :: rest =>
      (forall t v, what o = Get -> returned o = Some (t, v) -> v = z) /\ sequential (z + amount o) rest
  end.

(** The definition of linearizability, for a counter. *)
Record linearizes (os sequence : list request) : Prop := {
  only_requests : incl sequence os;
  each_once : NoDup sequence;
  all_answered : forall o t v, In o os -> returned o = Some (t, v) -> In o sequence;
  none_not_done : forall o t, In o sequence -> ended (by_round o) <> Some (t, NotDone);
  right_answers : sequential 0 sequence;
  in_real_time : forall xs o ys p zs, sequence = xs ++ o :: ys ++ p :: zs ->
    ~ exists t v, returned p = Some (t, v) /\ t < called o
}.

Definition round_eq : forall q r : round, {q = r} + {q <> r}.
Proof. repeat decide equality. Defined.

Definition request_eq : forall o p : request, {o = p} + {o <> p}.
Proof. repeat decide equality. Defined.

Definition added (os : list request) : Z := fold_right (fun o z => (amount o + z)%Z) 0%Z os.

Definition in_round (r : round) (o : request) : bool := if round_eq (by_round o) r then true else false.

Record batched (h : history) (os : list request) : Prop := {
  distinct : NoDup os;
  made_before : forall o, In o os ->
    In (by_round o) (rounds h) /\ number (by_round o) <> None /\ called o < begun (by_round o);
  answered_after : forall o t v, In o os -> returned o = Some (t, v) ->
    exists t' s, ended (by_round o) = Some (t', Finished s) /\ t' < t /\ (what o = Get -> v = s);
  delta_is_sum : forall r, In r (rounds h) -> delta r = added (filter (in_round r) os)
}.

Section Clients.

  Variable h : history.
  Variable order : list (execution stored).
  Variable os : list request.
  Hypothesis OB : obeys h.
  Hypothesis L : lawful stored_eq (run h) order.
  Hypothesis BA : batched h os.

  Notation round_of := (round_of h).
  Notation to := (to h).

  Definition is_add (o : request) : bool := match what o with Add _ => true | Get => false end.

  Definition adds_of (r : round) : list request := filter (fun o => in_round r o && is_add o) os.

  (** The gets, with the links whose sums they return. *)
  Variable points : list (request * call stored).
  Hypothesis points_once : NoDup (map fst points).
  Hypothesis points_right : forall o d, In (o, d) points ->
    In o os /\ what o = Get /\ In d (landed order) /\ called o < sent d /\ (exists t v, returned o = Some (t, v))
    /\ forall t v, returned o = Some (t, v) -> v = sum (to d) /\ sent d < t.
  Hypothesis points_all : forall o t v, In o os -> what o = Get -> returned o = Some (t, v) ->
    exists d, In (o, d) points.

  Definition gets_of (c : call stored) : list request :=
    map fst (filter (fun p => if call_eq _ stored_eq (snd p) c then true else false) points).

  Definition at_call (c : call stored) : list request := adds_of (round_of c) ++ gets_of c.

  Definition sequence : list request := flat_map at_call (landed order).

  Lemma in_adds : forall r o, In o (adds_of r) <-> In o os /\ by_round o = r /\ is_add o = true.
  Proof.
    intros r o. unfold adds_of, in_round. rewrite filter_In, andb_true_iff.
    destruct (round_eq (by_round o) r); intuition (discriminate || auto).
  Qed.

  Lemma in_gets : forall c o, In o (gets_of c) <-> In (o, c) points.
  Proof.
    intros c o. unfold gets_of. rewrite in_map_iff. split.
    - intros ([o' d] & <- & I). apply filter_In in I as [I E]. simpl in *.
      destruct (call_eq _ stored_eq d c); [congruence|discriminate].
    - intros I. exists (o, c). split; [reflexivity|]. apply filter_In. simpl.
      destruct (call_eq _ stored_eq c c); [auto|contradiction].
  Qed.

  Lemma landed_round : forall c, In c (landed order) -> In (round_of c) (rounds h) /\ begun (round_of c) < sent c.
  Proof. intros c C. destruct (sent_within _ OB c (in_landed_tries h order OB L c C)) as (R & _ & B & _). auto. Qed.

  (** Where a request stands lies between its call and its answer. *)
  Lemma stands_between : forall c o, In c (landed order) -> In o (at_call c) ->
    In o os /\ called o < sent c /\ forall t v, returned o = Some (t, v) -> sent c < t.
  Proof.
    intros c o C I. apply in_app_or in I as [I|I].
    - apply in_adds in I as (IO & R & _). destruct (landed_round c C) as [RC B].
      destruct (made_before _ _ BA o IO) as (_ & N & CB). rewrite R in *. split; [exact IO|]. split; [lia|].
      intros t v RT. destruct (answered_after _ _ BA o t v IO RT) as (t' & s & E & LT & _). rewrite R in E.
      destruct (sent_within _ OB c (in_landed_tries h order OB L c C)) as (_ & _ & _ & W).
      specialize (W _ _ E). lia.
    - apply in_gets, points_right in I as (IO & _ & _ & CB & _ & RT). split; [exact IO|]. split; [exact CB|].
      intros t v E. apply (RT t v E).
  Qed.

  Lemma added_app : forall xs ys, added (xs ++ ys) = (added xs + added ys)%Z.
  Proof. induction xs; simpl; intros; [reflexivity|rewrite IHxs; lia]. Qed.

  Lemma added_gets : forall xs, (forall o, In o xs -> what o = Get) -> added xs = 0%Z.
  Proof.
    induction xs as [|o xs IH]; simpl; intros H; [reflexivity|].
    rewrite IH by auto. unfold amount. rewrite (H o) by auto. reflexivity.
  Qed.

  Lemma added_adds : forall r, In r (rounds h) -> added (adds_of r) = delta r.
  Proof.
    intros r R. rewrite (delta_is_sum _ _ BA r R). unfold adds_of. clear.
    induction os as [|o l IH]; simpl; [reflexivity|].
    destruct (in_round r o); simpl; [|exact IH]. unfold is_add at 1.
    destruct (what o) eqn:W; simpl; unfold amount at 1; rewrite ?W; simpl; rewrite IH; unfold amount;
      rewrite ?W; reflexivity || lia.
  Qed.

  Lemma gets_are_gets : forall c o, In o (gets_of c) -> what o = Get.
  Proof. intros c o I. apply in_gets, points_right in I. apply I. Qed.

  Lemma added_at : forall c, In c (landed order) -> added (at_call c) = delta (round_of c).
  Proof.
    intros c C. unfold at_call. rewrite added_app, added_adds by apply landed_round, C.
    rewrite added_gets by apply gets_are_gets. lia.
  Qed.

  Lemma sequential_app : forall xs ys z, sequential z (xs ++ ys) <-> sequential z xs /\ sequential (z + added xs) ys.
  Proof.
    induction xs as [|x xs IH]; simpl; intros ys z.
    - now rewrite Z.add_0_r.
    - rewrite IH, Z.add_assoc. tauto.
  Qed.

  Lemma sequential_adds : forall xs z, (forall o, In o xs -> is_add o = true) -> sequential z xs.
  Proof.
    induction xs as [|x xs IH]; simpl; intros z H; [exact I|]. split; [|apply IH; auto].
    intros t v G. specialize (H x (or_introl eq_refl)). unfold is_add in H. rewrite G in H. discriminate.
  Qed.

  Lemma sequential_gets : forall xs z,
    (forall o, In o xs -> what o = Get /\ forall t v, returned o = Some (t, v) -> v = z) -> sequential z xs.
  Proof.
    induction xs as [|x xs IH]; simpl; intros z H; [exact I|]. split.
    - intros t v _ E. apply (H x (or_introl eq_refl)) in E. exact E.
    - destruct (H x (or_introl eq_refl)) as [G _]. unfold amount. rewrite G, Z.add_0_r. apply IH. auto.
  Qed.

  Lemma sequential_from : forall cs l, (forall c, In c cs -> In c (landed order)) -> linked h l cs ->
    sequential (sum_of l) (flat_map at_call cs).
  Proof.
    induction cs as [|c cs IH]; simpl; intros l S K; [exact I|]. destruct K as [F K].
    assert (C : In c (landed order)) by auto.
    assert (X : sum_of (Some (to c)) = (sum_of l + delta (round_of c))%Z).
    { rewrite <- F. reflexivity. }
    apply sequential_app. rewrite added_at, <- X by exact C. split; [|apply IH; auto].
    apply sequential_app. split.
    - apply sequential_adds. intros o I. apply in_adds in I. apply I.
    - rewrite added_adds, <- X by apply landed_round, C. apply sequential_gets. intros o I.
      split; [eapply gets_are_gets; eauto|]. intros t v E.
      apply in_gets, points_right in I as (_ & _ & _ & _ & _ & RT). apply (RT t v E).
  Qed.

  Lemma nodup_flat : forall cs : list (call stored), NoDup cs -> (forall c, In c cs -> NoDup (at_call c)) ->
    (forall c d o, In c cs -> In d cs -> In o (at_call c) -> In o (at_call d) -> c = d) ->
    NoDup (flat_map at_call cs).
  Proof.
    induction cs as [|c cs IH]; simpl; intros N E D; [constructor|]. inversion_clear N as [|? ? NI N'].
    assert (A : forall xs ys : list request, NoDup xs -> NoDup ys -> (forall o, In o xs -> ~ In o ys) ->
      NoDup (xs ++ ys)).
    { induction xs as [|x xs IHx]; simpl; intros ys NX NY DI; [exact NY|]. inversion_clear NX. constructor.
      - rewrite in_app_iff. intros [J|J]; [contradiction|]. apply (DI x); auto.
      - apply IHx; auto. }
    apply A; [auto| |].
    - apply IH; auto. intros; eapply D; eauto.
    - intros o O1 O2. apply in_flat_map in O2 as (d & ID & O2).
      assert (c = d) by (eapply D; eauto). congruence.
  Qed.

  Lemma linearizes_points : linearizes os sequence.
  Proof.
    pose proof (sorted_nodup (landed order) (chain_sorted h order OB L)) as ND.
    assert (W : forall c o, In o (at_call c) -> is_add o = true -> In o os /\ by_round o = round_of c).
    { intros c o I A. apply in_app_or in I as [I|I]; [apply in_adds in I; tauto|].
      apply gets_are_gets in I. unfold is_add in A. rewrite I in A. discriminate. }
    assert (V : forall c o, In o (at_call c) -> is_add o = false -> In (o, c) points).
    { intros c o I A. apply in_app_or in I as [I|I]; [apply in_adds in I; destruct I as (_ & _ & I); congruence|].
      now apply in_gets. }
    split.
    - intros o I. apply in_flat_map in I as (c & C & I). apply (stands_between c o C I).
    - apply nodup_flat; [exact ND| |].
      + intros c _. unfold at_call.
        assert (G : NoDup (gets_of c)).
        { unfold gets_of. revert points_once. clear. induction points as [|[o d] l IH]; simpl; intros N; [constructor|].
          inversion_clear N as [|? ? NI N']. destruct (call_eq _ stored_eq d c); simpl; auto. constructor; auto.
          intros I. apply NI. apply in_map_iff in I as (p & E & I). apply filter_In in I. apply in_map_iff.
          exists p. tauto. }
        assert (A : NoDup (adds_of (round_of c))) by apply NoDup_filter, (distinct _ _ BA).
        revert A. generalize (in_adds (round_of c)). generalize (adds_of (round_of c)). intros xs IN.
        assert (DI : forall o, In o xs -> ~ In o (gets_of c)).
        { intros o X Y. apply IN in X as (_ & _ & X). apply gets_are_gets in Y. unfold is_add in X.
          rewrite Y in X. discriminate. }
        clear IN. induction xs as [|x xs IH]; simpl; intros NX; [exact G|]. inversion_clear NX. constructor.
        * rewrite in_app_iff. intros [J|J]; [contradiction|]. apply (DI x); simpl; auto.
        * apply IH; auto. intros o X. apply DI. now right.
      + intros c d o C D IC ID. destruct (is_add o) eqn:A.
        * destruct (W c o IC A) as [IO RC], (W d o ID A) as [_ RD].
          destruct (made_before _ _ BA o IO) as (_ & N & _).
          destruct (number (by_round o)) as [n|] eqn:NU; [|congruence].
          apply (at_most_once h order OB L c d n); congruence.
        * apply V in IC; [|exact A]. apply V in ID; [|exact A].
          revert IC ID points_once. clear. induction points as [|[o' c'] l IH]; simpl; [tauto|].
          intros [E|I] [E'|I'] N; inversion_clear N as [|? ? NI N']; try congruence; auto.
          -- injection E as -> ->. destruct NI. apply (in_map fst) in I'. exact I'.
          -- injection E' as -> ->. destruct NI. apply (in_map fst) in I. exact I.
    - intros o t v IO RT. apply in_flat_map. destruct (what o) eqn:K.
      + destruct (made_before _ _ BA o IO) as (R & N & _). destruct (number (by_round o)) as [n|] eqn:NU; [|congruence].
        destruct (answered_after _ _ BA o t v IO RT) as (t' & s & E & _).
        destruct (exactly_once h order OB L _ n t' s R NU E) as (c & C & RC & _). exists c. split; [exact C|].
        apply in_or_app. left. apply in_adds. unfold is_add. rewrite K. auto.
      + destruct (points_all o t v IO K RT) as (d & P). exists d.
        split; [apply (points_right _ _ P)|]. apply in_or_app. right. now apply in_gets.
    - intros o t I E. apply in_flat_map in I as (c & C & I). destruct (is_add o) eqn:A.
      + destruct (W c o I A) as [IO RC]. destruct (made_before _ _ BA o IO) as (R & _).
        apply (not_done_is_never_done h order OB L (by_round o) t c R E); auto.
      + apply V, points_right in I as (IO & _ & _ & _ & (t1 & v & RT) & _); [|exact A].
        destruct (answered_after _ _ BA o t1 v IO RT) as (t' & s & F & _). congruence.
    - apply (sequential_from (landed order) None); [auto|apply (chain_linked h order OB L)].
    - intros xs o ys p zs E (t & v & RT & LT).
      assert (H : exists c d, In c (landed order) /\ In d (landed order) /\ In o (at_call c) /\ In p (at_call d)
        /\ sent c <= sent d).
      { unfold sequence in E. pose proof (chain_sorted h order OB L) as S. clear - E S. revert xs E.
        induction S as [|c cs S IH F]; simpl; intros xs E; [destruct xs; discriminate|].
        rewrite Forall_forall in F.
        assert (P : In p (flat_map at_call (c :: cs))).
        { simpl. rewrite E. apply in_or_app. right. right. apply in_or_app. right. now left. }
        destruct (in_dec request_eq o (at_call c)) as [J|J].
        - apply in_flat_map in P as (d & D & P). exists c, d. simpl in D.
          repeat split; simpl; auto. destruct D as [<-|D]; [lia|]. specialize (F d D). lia.
        - assert (X : exists us, xs = at_call c ++ us).
          { revert xs E J. clear. generalize (at_call c) as l. induction l as [|x l IH]; simpl; intros xs E J; [eauto|].
            destruct xs as [|y xs]; simpl in E; injection E as -> E; [tauto|].
            destruct (IH xs E) as [us ->]; [tauto|]. exists us. reflexivity. }
          destruct X as [us ->]. rewrite <- app_assoc in E. apply app_inv_head in E.
          destruct (IH us E) as (c' & d & C & D & O & P' & LE). exists c', d. repeat split; simpl; auto. }
      destruct H as (c & d & C & D & O & P & LE).
      destruct (stands_between c o C O) as (_ & B & _). destruct (stands_between d p D P) as (_ & _ & A).
      specialize (A t v RT). lia.
  Qed.

End Clients.

(** On every sequentially consistent store, whatever the network does, the counter that its clients see is
    linearizable. *)
Theorem clients_see_one_counter : forall h order os,
  obeys h -> lawful stored_eq (run h) order -> batched h os -> exists sequence, linearizes os sequence.
Proof.
  intros h order os OB L BA.
  assert (P : forall o t v, In o os -> what o = Get -> returned o = Some (t, v) -> exists d, In d (landed order)
    /\ called o < sent d /\ v = sum (to h d) /\ sent d < t).
  { intros o t v IO G RT. destruct (made_before _ _ BA o IO) as (R & N & CB).
    destruct (number (by_round o)) as [n|] eqn:NU; [|congruence].
    destruct (answered_after _ _ BA o t v IO RT) as (t' & s & E & LT & V).
    destruct (finished_at h order OB L _ n t' s R NU E) as (c & d & C & RC & D & SU & LE & DT). exists d.
    destruct (landed_round h order OB L c C) as [_ B]. rewrite RC in B. rewrite SU.
    repeat split; auto; lia. }
  set (gets := filter (fun o => negb (is_add o) && match returned o with Some _ => true | None => false end) os).
  assert (X : exists points, map fst points = gets /\ forall o d, In (o, d) points ->
    In d (landed order) /\ called o < sent d /\ (exists t v, returned o = Some (t, v))
    /\ forall t v, returned o = Some (t, v) -> v = sum (to h d) /\ sent d < t).
  { assert (G : forall o, In o gets -> In o os /\ what o = Get /\ exists t v, returned o = Some (t, v)).
    { intros o I. apply filter_In in I as [I B]. apply andb_true_iff in B as [B R]. unfold is_add in B.
      destruct (what o); [discriminate|]. destruct (returned o) as [[t v]|]; [|discriminate]. eauto. }
    clearbody gets. induction gets as [|o l IH]; [exists []; split; [reflexivity|intros ? ? []]|].
    destruct IH as (pts & E & PP); [intros; apply G; now right|].
    destruct (G o (or_introl eq_refl)) as (IO & GE & t & v & RT). destruct (P o t v IO GE RT) as (d & D & CB & V & DT).
    exists ((o, d) :: pts). simpl. rewrite E. split; [reflexivity|]. intros o1 d1 [Q|Q]; [|exact (PP o1 d1 Q)].
    injection Q as <- <-. split; [exact D|]. split; [exact CB|]. split; [eauto|].
    intros t' v' RT'. rewrite RT in RT'. injection RT' as <- <-. auto. }
  destruct X as (points & E & PP). exists (sequence h order os points).
  apply linearizes_points; auto.
  - rewrite E. apply NoDup_filter, (distinct _ _ BA).
  - intros o d I. destruct (PP o d I) as (D & CB & V).
    assert (G : In o gets) by (rewrite <- E; apply (in_map fst _ _ I)).
    apply filter_In in G as [IO B]. apply andb_true_iff in B as [B _]. unfold is_add in B.
    destruct (what o); [discriminate|]. auto.
  - intros o t v IO G RT. assert (I : In o (map fst points)).
    { rewrite E. apply filter_In. unfold is_add. rewrite G, RT. auto. }
    apply in_map_iff in I as ([o' d] & <- & I). eauto.
Qed.
