(** * The tagged chain, as its clients see it: linearizable by the book

    [ChainCounter.v] speaks of rounds and of moments. Here are the requests of clients, to add or to get, and the
    definition of linearizability for them in its usual form ([linearizes]): there is one sequence of requests,
    with all that were answered with success, perhaps some whose outcome is unknown, and none of which a client
    was told that it never happens; in it every answer is right, and no two requests are turned round one of
    which was answered before the other was made.

    What is assumed beyond the rules of [Chain.v] ([batched]):
    - an attempt is sent after the requests that it carries were made, and its [adds] are the sum of those that
      it carries;
    - a request is answered with success when a round that began after it was made is finished: a get with its
      result, an add if all attempts of the round carry it;
    - a client is told [Never] only if all attempts that carry its request are refuted, be it that the round was
      not done, or that the add would overflow and is carried no more;
    - a request is carried by attempts of several rounds only if those of all but one are refuted.

    [clients_see_one_counter]: then the clients see one counter, on every sequentially consistent store, whatever
    is lost, late, or delivered twice, and whichever nodes crash and start again.

    Rust: [crates/quipu-node/src/nodes/batch.rs] ([apply] carries and drops, [answer_adds] and [answer_reads]
    answer, [put_back] carries into another round). *)

From Coq Require Import List String Arith ZArith Lia Bool Sorted.
From Quipu Require Import SeqStore Chain ChainOrder ChainCounter.
Import ListNotations.

Inductive kind := Add (amount : Z) | Get.

(** What a client is told. The number that comes with an add's success means nothing. *)
Inductive told := Success (v : Z) | Never.

Record request := Request {
  name : nat;                     (** tells requests apart that are alike *)
  what : kind;
  called : time;
  returned : option (time * told) (** [None]: nothing, or that nobody knows *)
}.

Definition amount (o : request) : Z := match what o with Add d => d | Get => 0 end.

(** The counter, request after request. *)
Fixpoint sequential (z : Z) (os : list request) : Prop :=
  match os with
  | [] => True
  | o :: rest =>
      (forall t v, what o = Get -> returned o = Some (t, Success v) -> v = z) /\ sequential (z + amount o) rest
  end.

(** The definition of linearizability, for a counter. *)
Record linearizes (os sequence : list request) : Prop := {
  only_requests : incl sequence os;
  each_once : NoDup sequence;
  all_answered : forall o t v, In o os -> returned o = Some (t, Success v) -> In o sequence;
  never_is_never : forall o t, In o sequence -> returned o <> Some (t, Never);
  right_answers : sequential 0 sequence;
  in_real_time : forall xs o ys p zs, sequence = xs ++ o :: ys ++ p :: zs ->
    ~ exists t v, returned p = Some (t, Success v) /\ t < called o
}.

Definition added (os : list request) : Z := fold_right (fun o z => (amount o + z)%Z) 0%Z os.

(** [carries c o]: the attempt [c] has the request [o] in its sum, or is to answer it. *)
Record batched (h : history) (carries : call stored -> request -> bool) (os : list request) : Prop := {
  distinct : NoDup os;
  carried : forall c o, tries h c -> In o os -> carries c o = true ->
    number (round_of h c) <> None /\ called o < sent c;
  adds_are_sums : forall c, tries h c -> adds (attempt_of h c) = added (filter (carries c) os);
  success : forall o t v, In o os -> returned o = Some (t, Success v) ->
    exists r n t' s, In r (rounds h) /\ number r = Some n /\ called o < begun r
      /\ ended r = Some (t', Finished s) /\ t' < t
      /\ match what o with
         | Get => v = s
         | Add _ => forall c, tries h c -> round_of h c = r -> carries c o = true
         end;
  denial : forall o t c, In o os -> returned o = Some (t, Never) -> tries h c -> carries c o = true -> refuted h c;
  one_round : forall c d o, In o os -> tries h c -> tries h d -> carries c o = true -> carries d o = true ->
    round_of h c = round_of h d \/ refuted h c \/ refuted h d
}.

Definition request_eq : forall o p : request, {o = p} + {o <> p}.
Proof. repeat decide equality. Defined.

Section Clients.

  Variable h : history.
  Variable order : list (execution stored).
  Variable carries : call stored -> request -> bool.
  Variable os : list request.
  Hypothesis OB : obeys h.
  Hypothesis L : lawful stored_eq (run h) order.
  Hypothesis BA : batched h carries os.

  Notation round_of := (round_of h).
  Notation to := (to h).

  Definition is_add (o : request) : bool := match what o with Add _ => true | Get => false end.

  Definition adds_of (c : call stored) : list request := filter (fun o => carries c o && is_add o) os.

  (** The gets, with the links whose sums they return. *)
  Variable points : list (request * call stored).
  Hypothesis points_once : NoDup (map fst points).
  Hypothesis points_right : forall o d, In (o, d) points ->
    In o os /\ what o = Get /\ In d (landed order) /\ called o < sent d
    /\ (exists t v, returned o = Some (t, Success v))
    /\ forall t v, returned o = Some (t, Success v) -> v = sum (to d) /\ sent d < t.
  Hypothesis points_all : forall o t v, In o os -> what o = Get -> returned o = Some (t, Success v) ->
    exists d, In (o, d) points.

  Definition gets_of (c : call stored) : list request :=
    map fst (filter (fun p => if call_eq _ stored_eq (snd p) c then true else false) points).

  Definition at_call (c : call stored) : list request := adds_of c ++ gets_of c.

  Definition sequence : list request := flat_map at_call (landed order).

  Lemma in_adds : forall c o, In o (adds_of c) <-> In o os /\ carries c o = true /\ is_add o = true.
  Proof. intros c o. unfold adds_of. rewrite filter_In, andb_true_iff. tauto. Qed.

  Lemma in_gets : forall c o, In o (gets_of c) <-> In (o, c) points.
  Proof.
    intros c o. unfold gets_of. rewrite in_map_iff. split.
    - intros ([o' d] & <- & I). apply filter_In in I as [I E]. simpl in *.
      destruct (call_eq _ stored_eq d c); [congruence|discriminate].
    - intros I. exists (o, c). split; [reflexivity|]. apply filter_In. simpl.
      destruct (call_eq _ stored_eq c c); [auto|contradiction].
  Qed.

  Lemma landed_tries : forall c, In c (landed order) -> tries h c.
  Proof. exact (in_landed_tries h order OB L). Qed.

  (** A request is carried by one call of the chain. *)
  Lemma carried_once : forall c d o, In c (landed order) -> In d (landed order) -> In o os ->
    carries c o = true -> carries d o = true -> c = d.
  Proof.
    intros c d o C D IO CO DO. pose proof (landed_tries c C) as TC. pose proof (landed_tries d D) as TD.
    destruct (one_round _ _ _ BA c d o IO TC TD CO DO) as [E|[R|R]].
    - destruct (carried _ _ _ BA c o TC IO CO) as [N _]. destruct (number (round_of c)) as [n|] eqn:NU; [|congruence].
      apply (at_most_once h order OB L c d n); congruence.
    - destruct (refuted_never_lands h order OB L c R C).
    - destruct (refuted_never_lands h order OB L d R D).
  Qed.

  (** The call of the chain that carries an add that was answered. *)
  Lemma add_landed : forall o t v, In o os -> is_add o = true -> returned o = Some (t, Success v) ->
    exists c, In c (landed order) /\ carries c o = true /\ sent c < t.
  Proof.
    intros o t v IO A RT. destruct (success _ _ _ BA o t v IO RT) as (r & n & t' & s & R & N & _ & E & LT & W).
    unfold is_add in A. destruct (what o); [|discriminate].
    destruct (exactly_once h order OB L r n t' s R N E) as (c & C & RC & B & _). exists c.
    repeat split; auto using landed_tries. lia.
  Qed.

  (** Where a request stands lies between its call and its answer. *)
  Lemma stands_between : forall c o, In c (landed order) -> In o (at_call c) ->
    In o os /\ called o < sent c /\ forall t v, returned o = Some (t, Success v) -> sent c < t.
  Proof.
    intros c o C I. apply in_app_or in I as [I|I].
    - apply in_adds in I as (IO & CO & A). split; [exact IO|].
      split; [apply (carried _ _ _ BA c o (landed_tries c C) IO CO)|].
      intros t v RT. destruct (add_landed o t v IO A RT) as (d & D & DO & LT).
      now rewrite (carried_once c d o).
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

  Lemma added_adds : forall c, tries h c -> added (adds_of c) = adds (attempt_of h c).
  Proof.
    intros c T. rewrite (adds_are_sums _ _ _ BA c T). unfold adds_of. clear.
    induction os as [|o l IH]; simpl; [reflexivity|].
    destruct (carries c o); simpl; [|exact IH]. unfold is_add at 1.
    destruct (what o) eqn:W; simpl; unfold amount at 1; rewrite ?W; simpl; rewrite IH; unfold amount;
      rewrite ?W; reflexivity || lia.
  Qed.

  Lemma gets_are_gets : forall c o, In o (gets_of c) -> what o = Get.
  Proof. intros c o I. apply in_gets, points_right in I. apply I. Qed.

  Lemma added_at : forall c, In c (landed order) -> added (at_call c) = adds (attempt_of h c).
  Proof.
    intros c C. unfold at_call. rewrite added_app, added_adds by apply landed_tries, C.
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
    (forall o, In o xs -> what o = Get /\ forall t v, returned o = Some (t, Success v) -> v = z) -> sequential z xs.
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
    assert (X : sum_of (Some (to c)) = (sum_of l + adds (attempt_of h c))%Z).
    { rewrite <- F. reflexivity. }
    apply sequential_app. rewrite added_at, <- X by exact C. split; [|apply IH; auto].
    apply sequential_app. split.
    - apply sequential_adds. intros o I. apply in_adds in I. apply I.
    - rewrite added_adds, <- X by apply landed_tries, C. apply sequential_gets. intros o I.
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
    assert (W : forall c o, In o (at_call c) -> is_add o = true -> In o os /\ carries c o = true).
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
        assert (A : NoDup (adds_of c)) by apply NoDup_filter, (distinct _ _ _ BA).
        revert A. generalize (in_adds c). generalize (adds_of c). intros xs IN.
        assert (DI : forall o, In o xs -> ~ In o (gets_of c)).
        { intros o X Y. apply IN in X as (_ & _ & X). apply gets_are_gets in Y. unfold is_add in X.
          rewrite Y in X. discriminate. }
        clear IN. induction xs as [|x xs IH]; simpl; intros NX; [exact G|]. inversion_clear NX. constructor.
        * rewrite in_app_iff. intros [J|J]; [contradiction|]. apply (DI x); simpl; auto.
        * apply IH; auto. intros o X. apply DI. now right.
      + intros c d o C D IC ID. destruct (is_add o) eqn:A.
        * destruct (W c o IC A) as [IO CO], (W d o ID A) as [_ DO]. apply (carried_once c d o); auto.
        * apply V in IC; [|exact A]. apply V in ID; [|exact A].
          revert IC ID points_once. clear. induction points as [|[o' c'] l IH]; simpl; [tauto|].
          intros [E|I] [E'|I'] N; inversion_clear N as [|? ? NI N']; try congruence; auto.
          -- injection E as -> ->. destruct NI. apply (in_map fst) in I'. exact I'.
          -- injection E' as -> ->. destruct NI. apply (in_map fst) in I. exact I.
    - intros o t v IO RT. apply in_flat_map. destruct (what o) eqn:K.
      + assert (A : is_add o = true) by (unfold is_add; now rewrite K).
        destruct (add_landed o t v IO A RT) as (c & C & CO & _). exists c. split; [exact C|].
        apply in_or_app. left. apply in_adds. auto.
      + destruct (points_all o t v IO K RT) as (d & P). exists d.
        split; [apply (points_right _ _ P)|]. apply in_or_app. right. now apply in_gets.
    - intros o t I E. apply in_flat_map in I as (c & C & I). destruct (is_add o) eqn:A.
      + destruct (W c o I A) as [IO CO].
        exact (refuted_never_lands h order OB L c (denial _ _ _ BA o t c IO E (landed_tries c C) CO) C).
      + apply V, points_right in I as (_ & _ & _ & _ & (t1 & v & RT) & _); [|exact A]. congruence.
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
Theorem clients_see_one_counter : forall h order carries os,
  obeys h -> lawful stored_eq (run h) order -> batched h carries os -> exists sequence, linearizes os sequence.
Proof.
  intros h order carries os OB L BA.
  assert (P : forall o t v, In o os -> what o = Get -> returned o = Some (t, Success v) ->
    exists d, In d (landed order) /\ called o < sent d /\ v = sum (to h d) /\ sent d < t).
  { intros o t v IO G RT. destruct (success _ _ _ BA o t v IO RT) as (r & n & t' & s & R & N & CB & E & LT & V).
    rewrite G in V. destruct (finished_at h order OB L r n t' s R N E) as (c & d & C & RC & D & SU & LE & DT).
    destruct (sent_within _ OB c (in_landed_tries h order OB L c C)) as (_ & _ & B & _). rewrite RC in B.
    exists d. rewrite SU. repeat split; auto; lia. }
  set (gets := filter (fun o => negb (is_add o) &&
    match returned o with Some (_, Success _) => true | _ => false end) os).
  assert (X : exists points, map fst points = gets /\ forall o d, In (o, d) points ->
    In d (landed order) /\ called o < sent d /\ (exists t v, returned o = Some (t, Success v))
    /\ forall t v, returned o = Some (t, Success v) -> v = sum (to h d) /\ sent d < t).
  { assert (G : forall o, In o gets -> In o os /\ what o = Get /\ exists t v, returned o = Some (t, Success v)).
    { intros o I. apply filter_In in I as [I B]. apply andb_true_iff in B as [B R]. unfold is_add in B.
      destruct (what o); [discriminate|]. destruct (returned o) as [[t [v|]]|]; try discriminate. eauto. }
    clearbody gets. induction gets as [|o l IH]; [exists []; split; [reflexivity|intros ? ? []]|].
    destruct IH as (pts & E & PP); [intros; apply G; now right|].
    destruct (G o (or_introl eq_refl)) as (IO & GE & t & v & RT). destruct (P o t v IO GE RT) as (d & D & CB & V & DT).
    exists ((o, d) :: pts). simpl. rewrite E. split; [reflexivity|]. intros o1 d1 [Q|Q]; [|exact (PP o1 d1 Q)].
    injection Q as <- <-. split; [exact D|]. split; [exact CB|]. split; [eauto|].
    intros t' v' RT'. rewrite RT in RT'. injection RT' as <- <-. auto. }
  destruct X as (points & E & PP). exists (sequence order carries os points).
  apply (linearizes_points h order carries os OB L BA points).
  - rewrite E. apply NoDup_filter, (distinct _ _ _ BA).
  - intros o d I. destruct (PP o d I) as (D & CB & V).
    assert (G : In o gets) by (rewrite <- E; apply (in_map fst _ _ I)).
    apply filter_In in G as [IO B]. apply andb_true_iff in B as [B _]. unfold is_add in B.
    destruct (what o); [discriminate|]. auto.
  - intros o t v IO G RT. assert (I : In o (map fst points)).
    { rewrite E. apply filter_In. unfold is_add. rewrite G, RT. auto. }
    apply in_map_iff in I as ([o' d] & <- & I). eauto.
Qed.
