(** * The tagged chain is linearizable, and carries each round out exactly once

    For every history [h] that obeys the rules of [Chain.v], and every lawful order of its run, so for every
    store that is sequentially consistent by definition, whatever the network loses, delays or delivers twice:

    - [at_most_once], [exactly_once]: of all attempts of a round at most one succeeds; if the round was finished,
      exactly one, sent between its beginning and its end.
    - [refuted_never_lands], [not_done_is_never_done], [given_up_only_before_later]: what is called not done is
      not in the chain; what was given up as unknown can only be there before all later rounds of its node.
    - [sum_of_the_chain]: the sum that the key holds in the end is the sum of all adds in the chain.
    - [linearizable]: let the counter's value at a moment be the sum of the adds of all successful attempts sent
      until then. Each finished round has a moment between its beginning and its end at which its result was the
      counter's value, itself included. So every add takes effect, and every read looks, at one moment between
      call and answer: that is linearizability, on a store that is not linearizable.
    - [acknowledged_is_read], [nothing_from_later]: what that means to clients.

    The chain in an order is [landed order] ([ChainOrder.v]): the calls whose swap of the key succeeds.

    Not proved: that rounds ever finish. On a sequentially consistent store nobody can promise that. *)

From Coq Require Import List String Arith ZArith Lia Bool Sorted.
From Quipu Require Import SeqStore Chain ChainOrder.
Import ListNotations.

Local Opaque KEY.
Local Arguments String.eqb : simpl never.
Local Arguments stored_eq : simpl never.
Local Arguments last_of : simpl never.

Section Counter.

  Variable h : history.
  Variable order : list (execution stored).
  Hypothesis OB : obeys h.
  Hypothesis L : lawful stored_eq (run h) order.

  Notation round_of := (round_of h).
  Notation from := (from h).
  Notation to := (to h).
  Notation tries := (tries h).
  Notation linked := (linked h).
  Notation end_of := (end_of h).

  Notation end_of_app := (ChainOrder.end_of_app h).
  Notation attempt_step := (ChainOrder.attempt_step h).
  Notation chain_from := (ChainOrder.chain_from h OB).
  Notation state_at := (ChainOrder.state_at h order OB L).
  Notation landed_tries := (ChainOrder.landed_tries h OB).
  Notation in_landed_tries := (ChainOrder.in_landed_tries h order OB L).
  Notation chain_linked := (ChainOrder.chain_linked h order OB L).
  Notation same_to := (ChainOrder.same_to h OB).
  Notation chain_sorted := (ChainOrder.chain_sorted h order OB L).
  Notation linked_from := (ChainOrder.linked_from h).
  Notation no_fork := (ChainOrder.no_fork h order OB L).
  Notation success_lands := (ChainOrder.success_lands h order OB L).
  Notation end_of_in := (ChainOrder.end_of_in h).
  Notation sight_is_end := (ChainOrder.sight_is_end h order OB L).
  Notation landed_past := (ChainOrder.landed_past order).
  Notation known_in_chain := (ChainOrder.known_in_chain h order OB L).
  Notation real_time := (ChainOrder.real_time h order OB L).

  Definition total (calls : list (call stored)) : Z :=
    fold_right (fun c z => (adds (attempt_of h c) + z)%Z) 0%Z calls.

  (** The successful attempts sent until [now]. *)
  Definition counted (now : time) : list (call stored) := filter (fun c => sent c <=? now) (landed order).

  (** The counter's value at a moment. *)
  Definition value_at (now : time) : Z := total (counted now).

  (** *** What the links of the chain hold *)

  Lemma total_app : forall xs ys, total (xs ++ ys) = (total xs + total ys)%Z.
  Proof. induction xs; simpl; intros; [reflexivity|rewrite IHxs; lia]. Qed.

  Lemma end_sum : forall cs l, linked l cs -> sum_of (end_of l cs) = (sum_of l + total cs)%Z.
  Proof.
    induction cs as [|c cs IH]; simpl; intros l K; [lia|]. destruct K as [F K].
    rewrite (IH _ K). unfold sum_of at 1, Chain.to. simpl. unfold Chain.from in F. rewrite F.
    lia.
  Qed.

  Lemma filter_none : forall t (cs : list (call stored)), Forall (fun c => t < sent c) cs ->
    filter (fun c => sent c <=? t) cs = [].
  Proof.
    induction 1 as [|c cs H _ IH]; simpl; [reflexivity|].
    destruct (Nat.leb_spec (sent c) t); [lia|exact IH].
  Qed.

  Lemma sum_counted_from : forall cs l c, linked l cs ->
    StronglySorted (fun c d => sent c < sent d) cs -> In c cs ->
    sum (to c) = (sum_of l + total (filter (fun d => (sent d <=? sent c)%nat) cs))%Z.
  Proof.
    induction cs as [|x cs IH]; intros l c K S I; [destruct I|].
    destruct K as [F K]. inversion_clear S as [|? ? S' FA].
    assert (X : sum (to x) = (sum_of l + adds (attempt_of h x))%Z).
    { unfold Chain.to, Chain.from in *. simpl. now rewrite F. }
    cbn [filter]. destruct I as [<-|I].
    - rewrite Nat.leb_refl, filter_none, X by assumption. simpl. lia.
    - rewrite Forall_forall in FA. pose proof (FA _ I).
      destruct (Nat.leb_spec (sent x) (sent c)); [|lia].
      rewrite (IH _ _ K S' I). cbn [sum_of]. rewrite X. simpl. lia.
  Qed.

  Lemma sum_counted : forall c, In c (landed order) -> sum (to c) = value_at (sent c).
  Proof. intros c I. apply (sum_counted_from _ None); auto using chain_linked, chain_sorted. Qed.

  Lemma last_step : forall c m, last_of m (Some (to c)) =
    match number (round_of c) with
    | Some n => if node (round_of c) =? m then n else last_of m (from c)
    | None => last_of m (from c)
    end.
  Proof.
    intros c m. unfold Chain.to, Chain.from, Chain.round_of, last_of, next. simpl.
    destruct (base (attempt_of h c)); destruct (number (serves (attempt_of h c))); reflexivity.
  Qed.

  Lemma last_grows_step : forall c m, tries c -> last_of m (from c) <= last_of m (Some (to c)).
  Proof.
    intros c m T. rewrite last_step. destruct (number (round_of c)) as [n|] eqn:N; [|lia].
    destruct (Nat.eqb_spec (node (round_of c)) m) as [<-|]; [|lia].
    pose proof (from_without _ OB _ _ T N). lia.
  Qed.

  Lemma last_grows : forall cs l c m, linked l cs -> (forall c, In c cs -> tries c) -> In c cs ->
    last_of m l <= last_of m (from c).
  Proof.
    induction cs as [|x cs IH]; simpl; intros l c m K T I; [tauto|].
    destruct K as [F K], I as [<-|I]; [now rewrite F|].
    transitivity (last_of m (Some (to x))); [|apply IH; auto].
    rewrite <- F. apply last_grows_step; auto.
  Qed.

  (** Along the chain, numbers of a node do not go down. *)
  Lemma last_grows_along : forall c d m, In c (landed order) -> In d (landed order) -> sent c < sent d ->
    last_of m (Some (to c)) <= last_of m (from d).
  Proof.
    intros c d m C D LT. destruct (sorted_split _ _ _ chain_sorted C D LT) as (xs & ys & zs & E).
    pose proof chain_linked as K. rewrite E in K.
    assert (A : forall us l vs, linked l (us ++ vs) -> linked (end_of l us) vs).
    { induction us as [|u us IH]; simpl; [auto|]. intros l vs [_ H]. exact (IH _ _ H). }
    apply A in K. destruct K as [_ K]. apply (last_grows _ _ d m K).
    - intros b B. apply in_landed_tries. rewrite E. apply in_or_app. right. now right.
    - apply in_or_app. right. now left.
  Qed.

  (** A number that stands in a link was put into the chain, there or before, by a round of its node. *)
  Lemma last_origin : forall cs l c m, linked l cs -> StronglySorted (fun c d => sent c < sent d) cs -> In c cs ->
    last_of m (Some (to c)) = last_of m l \/
    exists d, In d cs /\ sent d <= sent c /\ node (round_of d) = m
      /\ number (round_of d) = Some (last_of m (Some (to c))).
  Proof.
    induction cs as [|x cs IH]; simpl; intros l c m K S I; [tauto|].
    destruct K as [F K]. inversion_clear S as [|? ? S' FA]. rewrite Forall_forall in FA.
    assert (X : last_of m (Some (to x)) = last_of m l \/
      (node (round_of x) = m /\ number (round_of x) = Some (last_of m (Some (to x))))).
    { rewrite last_step, F. destruct (number (round_of x)); auto.
      destruct (Nat.eqb_spec (node (round_of x)) m); auto. }
    destruct I as [<-|I].
    - destruct X as [X|[X Y]]; [now left|]. right. exists x. auto.
    - destruct (IH _ c m K S' I) as [E|(d & D & SD & ND & NU)].
      + destruct X as [X|[X Y]]; [left; congruence|].
        right. exists x. pose proof (FA _ I). rewrite E. repeat split; auto; lia.
      + right. exists d. auto.
  Qed.

  (** *** Once *)

  Lemma round_order : forall c d, In c (landed order) -> In d (landed order) ->
    earlier (round_of c) (round_of d) -> sent c < sent d.
  Proof.
    intros c d C D (t & v & E & LT).
    destruct (sent_within _ OB _ (in_landed_tries _ C)) as (_ & _ & _ & W). specialize (W _ _ E).
    destruct (sent_within _ OB _ (in_landed_tries _ D)) as (_ & _ & B & _). lia.
  Qed.

  Lemma number_once : forall c d n, In c (landed order) -> In d (landed order) ->
    number (round_of c) = Some n -> number (round_of d) = Some n -> node (round_of c) = node (round_of d) ->
    c = d.
  Proof.
    assert (H : forall c d n, In c (landed order) -> In d (landed order) ->
      number (round_of c) = Some n -> number (round_of d) = Some n -> node (round_of c) = node (round_of d) ->
      sent c < sent d -> False).
    { intros c d n C D NC ND E LT.
      pose proof (last_grows_along _ _ (node (round_of c)) C D LT) as G.
      rewrite last_step, NC, Nat.eqb_refl in G.
      pose proof (from_without _ OB _ _ (in_landed_tries _ D) ND). rewrite <- E in *. lia. }
    intros c d n C D NC ND E.
    destruct (Nat.lt_trichotomy (sent c) (sent d)) as [LT|[EQ|LT]].
    - destruct (H c d n); auto.
    - exact (sorted_same _ _ _ chain_sorted C D EQ).
    - destruct (H d c n); auto.
  Qed.

  (** At most one attempt of a round succeeds, however many are sent, lost, late, or delivered twice; nor does any
      attempt of another round of its node, of whatever life, that has the same number. *)
  Theorem at_most_once : forall c d n, In c (landed order) -> In d (landed order) ->
    node (round_of c) = node (round_of d) -> number (round_of c) = Some n -> number (round_of d) = Some n ->
    c = d.
  Proof. intros c d n C D E NC ND. apply (number_once c d n); auto. Qed.

  (** A look that shows the number of the round under way shows that round: nothing of a former life passes for
      it. *)
  Lemma look_is_right : forall r n t l, In r (rounds h) -> number r = Some n ->
    (forall t' v, ended r = Some (t', v) -> t <= t') ->
    knows h (node r) t l -> n <= last_of (node r) (Some l) ->
    exists c d, In c (landed order) /\ round_of c = r /\ In d (landed order) /\ to d = l
      /\ sent c <= sent d /\ sent d < t.
  Proof.
    intros r n t l R N OPEN K LE.
    destruct (known_in_chain _ _ _ K) as (d & D & <- & DT).
    destruct (last_origin _ None d (node r) chain_linked chain_sorted D) as [Z|(c & C & CD & CN & NU)].
    { destruct (joined _ OB r n R N) as (? & ? & _ & _ & _ & _ & _ & LTn).
      change (last_of (node r) None) with 0 in Z. lia. }
    exists c, d. enough (round_of c = r) by (repeat split; auto).
    destruct (sent_within _ OB _ (in_landed_tries _ C)) as (RC & _ & BC & _).
    destruct (one_by_one _ OB _ r RC R CN) as [E|[E|E]]; [exact E| |].
    - exfalso. destruct (joined _ OB r n R N) as (j & tj & SJ & NJ & NDJ & LJ & EJ & LTn).
      pose proof (success_lands _ _ SJ) as J.
      destruct (sent_within _ OB _ (in_landed_tries _ J)) as (RJ & _ & _ & _).
      pose proof (life_by_life _ OB _ _ RC R CN E) as LE1.
      destruct (Nat.eq_dec (life (round_of c)) (life r)) as [LI|LI].
      + pose proof (numbers_grow _ OB _ _ _ _ RC R CN LI E NU N). lia.
      + (* c is of a former life, so it was sent before the join, and stands before it *)
        assert (SC : sent c < sent j).
        { apply round_order; auto.
          destruct (one_by_one _ OB _ _ RC RJ) as [Q|[Q|Q]]; [congruence| |exact Q|].
          - rewrite Q in LI. congruence.
          - pose proof (life_by_life _ OB _ _ RJ RC (eq_trans NDJ (eq_sym CN)) Q). lia. }
        pose proof (last_grows_along _ _ (node r) C J SC) as G1.
        pose proof (last_grows_step j (node r) (in_landed_tries _ J)) as G2.
        rewrite last_step, NU in G1. rewrite CN, Nat.eqb_refl in G1. lia.
    - exfalso. destruct E as (t' & v & E & LT). specialize (OPEN _ _ E). lia.
  Qed.

  (** Where a finished round stands, and what its result is the sum of. *)
  Lemma finished_at : forall r n t s, In r (rounds h) -> number r = Some n -> ended r = Some (t, Finished s) ->
    exists c d, In c (landed order) /\ round_of c = r /\ In d (landed order) /\ sum (to d) = s
      /\ sent c <= sent d /\ sent d < t.
  Proof.
    intros r n t s R N E. destruct (finish _ OB r t s R E) as [(c & t' & S & RC & LT & SU)|(m & l & NM & K & LE & SU)].
    - pose proof (success_lands _ _ S) as C. exists c, c. destruct S as [T A].
      pose proof (answer_after_question (sane _ OB) _ _ _ (proj1 T) A). repeat split; auto; lia.
    - rewrite N in NM. injection NM as <-. destruct (look_is_right r n t l R N) as (c & d & H); auto.
      { intros t' v E'. rewrite E in E'. injection E' as <- _. lia. }
      exists c, d. destruct H as (C & RC & D & <- & H). auto.
  Qed.

  (** Of a finished round exactly one attempt succeeds; it was sent between the round's beginning and its end. *)
  Theorem exactly_once : forall r n t s, In r (rounds h) -> number r = Some n -> ended r = Some (t, Finished s) ->
    exists c, In c (landed order) /\ round_of c = r /\ begun r < sent c < t
      /\ forall d, In d (landed order) -> round_of d = r -> d = c.
  Proof.
    intros r n t s R N E. destruct (finished_at r n t s R N E) as (c & d & C & RC & _ & _ & CD & DT).
    exists c. destruct (sent_within _ OB _ (in_landed_tries _ C)) as (_ & _ & B & _). rewrite RC in B.
    repeat split; auto; [lia|]. intros d' D' RD. apply (at_most_once d' c n); congruence.
  Qed.

  (** What was given up unsettled can stand in the chain only before all that its node did later. *)
  Theorem given_up_only_before_later : forall c d, In c (landed order) -> In d (landed order) ->
    earlier (round_of c) (round_of d) -> exists xs ys zs, landed order = xs ++ c :: ys ++ d :: zs.
  Proof. intros c d C D E. apply real_time; auto. left. now apply round_order. Qed.

  (** *** Values *)

  (** In the end, the key's sum is that of all adds in the chain: none lost, none twice. *)
  Theorem sum_of_the_chain :
    match final order with
    | Some (Stored l) => sum l = total (landed order)
    | Some Null => False
    | None => landed order = []
    end.
  Proof.
    unfold final. rewrite (state_at order []) by now rewrite app_nil_r.
    pose proof (end_sum _ _ chain_linked) as E.
    destruct (landed order) as [|c cs] eqn:LA; [reflexivity|].
    assert (NE : forall us l, end_of (Some l) us <> None).
    { induction us; simpl; [discriminate|auto]. }
    specialize (NE cs (to c)). simpl in *. destruct (end_of (Some (to c)) cs); [|congruence]. simpl in *. lia.
  Qed.

  (** At this [moment], not before its beginning and before its end, the finished round's result was the
      counter's value, and an attempt of its own was counted, sent since its beginning. *)
  Definition explained (r : round) (moment : time) : Prop :=
    exists t s, ended r = Some (t, Finished s) /\ s = value_at moment /\ moment < t
      /\ exists own, In own (counted moment) /\ round_of own = r /\ begun r < sent own.

  (** Linearizability: each finished round has a moment between its beginning and its end at which its result was
      the counter's value; its own adds were counted then, since a moment between its beginning and that one. *)
  Theorem linearizable : forall r n t s, In r (rounds h) -> number r = Some n -> ended r = Some (t, Finished s) ->
    exists moment, explained r moment.
  Proof.
    intros r n t s R N E. destruct (finished_at r n t s R N E) as (c & d & C & RC & D & <- & CD & DT).
    exists (sent d), t, (sum (to d)). destruct (sent_within _ OB _ (in_landed_tries _ C)) as (_ & _ & B & _).
    rewrite RC in B. split; [exact E|]. split; [now apply sum_counted|]. split; [exact DT|].
    exists c. repeat split; auto. apply filter_In. now rewrite Nat.leb_le.
  Qed.

  (** *** What clients are told *)

  Lemma end_last : forall cs l c m, linked l cs -> (forall c, In c cs -> tries c) -> In c cs ->
    last_of m (Some (to c)) <= last_of m (end_of l cs).
  Proof.
    intros cs. induction cs as [|x cs IH] using rev_ind; simpl; intros l c m K T I; [tauto|].
    assert (K' : linked l cs /\ from x = end_of l cs).
    { clear - K. revert l K. induction cs as [|y cs IH]; simpl; intros l K; [tauto|].
      destruct K as [F K]. destruct (IH _ K). auto. }
    rewrite end_of_app. change (end_of (end_of l cs) [x]) with (Some (to x)).
    apply in_app_or in I as [I|[<-|[]]]; [|lia].
    transitivity (last_of m (from x)).
    - rewrite (proj2 K'). apply IH; [tauto| |exact I]. intros; apply T, in_or_app; auto.
    - apply last_grows_step, T, in_or_app. right. now left.
  Qed.

  Lemma nodup_apart : forall (xs ys : list (call stored)) b, NoDup (xs ++ ys) -> In b xs -> In b ys -> False.
  Proof.
    intros xs ys b ND X Y. destruct (in_split _ _ Y) as (us & vs & ->).
    rewrite app_assoc in ND. apply (NoDup_remove_2 _ _ _ ND). rewrite !in_app_iff. auto.
  Qed.

  (** An attempt that was refused, and whose round was then not there to be seen, is not in the chain and never
      will be, not even by a copy. *)
  Theorem refuted_never_lands : forall c, refuted h c -> ~ In c (landed order).
  Proof.
    intros c (n & t1 & look & t2 & l & N & (T & AN) & SL & LT & S & LTn) C.
    destruct (sent_within _ OB _ T) as (_ & SC & _).
    destruct (lawful_answered _ _ _ _ _ _ _ L (proj1 S) (proj2 (proj2 S))) as (past & rest & EQ & _).
    assert (HC : In (Heard c) past).
    { apply (in_session L c look past (Heard look) rest (proj1 T)); auto.
      unfold precedes. destruct AN; eauto. }
    pose proof (sight_is_end _ _ _ _ _ EQ S) as SEEN.
    destruct (in_split _ _ HC) as (q1 & q2 & ->). rewrite <- app_assoc in EQ. simpl in EQ.
    destruct (lawful_heard _ _ _ _ _ _ _ L EQ) as [t3 OUT].
    destruct (attempt_step _ _ c (proj2 T) (state_at _ _ EQ)) as [(_ & _ & D & _)|(_ & F & _ & _)].
    { rewrite D in OUT. destruct AN; congruence. }
    assert (K : linked (end_of None (landed q1))
                  (landed_from (state_after stored_eq empty q1) (Heard c :: q2 ++ Heard look :: rest))).
    { apply chain_from; [|exact (state_at _ _ EQ)]. intros e I. apply (of_the_run L). rewrite EQ.
      apply in_or_app. now right. }
    pose proof no_fork as (_ & ND & _). pose proof C as C'. unfold landed in C', ND.
    rewrite EQ, landed_app in C', ND. apply in_app_or in C' as [C1|C2].
    - (* before the refusal: then the look would have shown it *)
      assert (TR : forall d, In d (landed (q1 ++ Heard c :: q2)) -> tries d).
      { intros d. apply landed_tries. intros e I. apply (of_the_run L). rewrite EQ.
        apply in_app_or in I as [I|[<-|I]]; apply in_or_app; [now left|right; now left|].
        right. right. apply in_or_app. now left. }
      assert (C2 : In c (landed (q1 ++ Heard c :: q2))).
      { unfold landed. rewrite landed_app. apply in_or_app. now left. }
      assert (K2 : linked None (landed (q1 ++ Heard c :: q2))).
      { apply chain_from; [|reflexivity]. intros e I. apply (of_the_run L). rewrite EQ.
        apply in_app_or in I as [I|[<-|I]]; apply in_or_app; [now left|right; now left|].
        right. right. apply in_or_app. now left. }
      pose proof (end_last _ _ c (session c) K2 TR C2) as G.
      rewrite SEEN, last_step, N, SC, Nat.eqb_refl in G. rewrite SC in LTn. lia.
    - (* after it: then its base would have come back *)
      destruct (linked_from _ _ _ K C2) as [F'|(b & B & F')]; [congruence|].
      destruct (from_known _ OB _ _ T F') as (d & td & SD & LTd & KD).
      assert (ID : In d (run h)) by (destruct KD as [KD|[[KD _] _]]; apply KD).
      assert (HD : In (Heard d) q1).
      { apply (in_session L d c q1 (Heard c) _ ID) in EQ; auto.
        destruct KD as [(_ & _ & A)|[[_ A] _]]; unfold precedes; eauto. }
      assert (TB : tries b).
      { apply in_landed_tries. unfold landed. rewrite EQ, landed_app. apply in_or_app. now right. }
      apply (nodup_apart _ _ b ND); [|exact B].
      destruct (in_split _ _ HD) as (p1 & p2 & Q).
      assert (EQ' : order = p1 ++ Heard d :: p2 ++ Heard c :: q2 ++ Heard look :: rest).
      { rewrite EQ, Q, <- app_assoc. reflexivity. }
      destruct KD as [KD|[KD DB]].
      + pose proof (sight_is_end _ _ _ _ _ EQ' KD) as EB.
        destruct (end_of_in _ _ _ EB) as [|(b' & B' & TO)]; [discriminate|].
        assert (b' = b).
        { apply same_to; auto. apply in_landed_tries. apply (landed_past p1 _ _ EQ' B'). }
        subst b'. rewrite Q, landed_app. apply in_or_app. now left.
      + assert (d = b) by (apply same_to; auto; apply KD). subst d. rewrite Q.
        apply (lands_in p1 (Heard b)). simpl.
        destruct (lawful_heard _ _ _ _ _ _ _ L EQ') as [t4 OUT']. destruct KD as [TD A].
        destruct (attempt_step _ _ b (proj2 TD) (state_at _ _ EQ')) as [(LA & _)|(_ & _ & NO & _)]; congruence.
  Qed.

  (** What clients are told did not happen did not, and never will: no attempt of such a round is in the chain. *)
  Theorem not_done_is_never_done : forall r t c, In r (rounds h) -> ended r = Some (t, NotDone) ->
    round_of c = r -> ~ In c (landed order).
  Proof.
    intros r t c R E RC C. exact (refuted_never_lands c (not_done _ OB r t c R E (in_landed_tries _ C) RC) C).
  Qed.

  Lemma counted_incl : forall m1 m2, m1 <= m2 -> incl (counted m1) (counted m2).
  Proof.
    intros m1 m2 LE c. unfold counted. rewrite !filter_In, !Nat.leb_le. intuition lia.
  Qed.

  (** What was finished before a round began is counted in that round's result, with all that it has counted
      itself. So reads see every acknowledged add, and do not go back. *)
  Theorem acknowledged_is_read : forall q r m1 m2, earlier q r -> explained q m1 -> explained r m2 ->
    incl (counted m1) (counted m2).
  Proof.
    intros q r m1 m2 (t & v & E & LT) (t1 & s1 & E1 & _ & LT1 & _) (_ & _ & _ & _ & _ & own & I & _ & B).
    apply counted_incl. rewrite E in E1. injection E1 as -> _.
    unfold counted in I. rewrite filter_In, Nat.leb_le in I. lia.
  Qed.

  (** What begins after a round was finished is not counted in its result. *)
  Theorem nothing_from_later : forall q r m c, earlier q r -> explained q m -> round_of c = r -> ~ In c (counted m).
  Proof.
    intros q r m c (t & v & E & LT) (t1 & s1 & E1 & _ & LT1 & _) RC I.
    unfold counted in I. rewrite filter_In, Nat.leb_le in I. destruct I as [I LE].
    destruct (sent_within _ OB _ (in_landed_tries _ I)) as (_ & _ & B & _). rewrite RC in B.
    rewrite E in E1. injection E1 as -> _. lia.
  Qed.
End Counter.
