(** * The tagged chain: the swaps that succeed form one chain, in the order of their sending

    For every history [h] that obeys the rules of [Chain.v], and every lawful order of its run, so for every
    store that is sequentially consistent by definition, whatever the network loses, delays or delivers twice:

    - [no_fork]: the swaps that succeed form one chain from the absent key on, each starting from the link that
      the one before it has put there; no two start from the same link, and no call succeeds twice.
    - [real_time]: they succeed in the very order in which they were sent. So what was sent after another's
      answer stands behind it, although the store itself promises nothing of the kind between nodes.

    How: tags are fresh, and nobody can start from a link before it was sent; so along the chain the moments of
    sending grow. All that [ChainCounter.v] proves follows from this.

    Rust: the argument in words stands in [crates/quipu-node/src/nodes/chain/mod.rs]. *)

From Coq Require Import List String Arith Lia Bool Sorted.
From Quipu Require Import SeqStore Chain.
Import ListNotations.

Local Opaque KEY.
Local Arguments String.eqb : simpl never.
Local Arguments stored_eq : simpl never.
Local Arguments Chain.to : simpl never.
Local Arguments last_of : simpl never.

(** ** Chains *)

(** [c], performed on [s], is a swap of the key that succeeds. *)
Definition lands (s : state stored) (c : call stored) : bool :=
  match asked c, outcome stored_eq s c with
  | Swap k _ _ _, Done => String.eqb k KEY
  | _, _ => false
  end.

(** The swaps of the key that succeed, in the order's order. *)
Fixpoint landed_from (s : state stored) (order : list (execution stored)) : list (call stored) :=
  match order with
  | [] => []
  | e :: rest =>
      let more := landed_from (after stored_eq s (call_of e)) rest in
      if lands s (call_of e) then call_of e :: more else more
  end.

Definition landed (order : list (execution stored)) : list (call stored) := landed_from empty order.

(** What the key holds in the end. *)
Definition final (order : list (execution stored)) : option stored := state_after stored_eq empty order KEY.

Section Order.

  Variable h : history.
  Variable order : list (execution stored).
  Hypothesis OB : obeys h.
  Hypothesis L : lawful stored_eq (run h) order.

  Notation from := (from h).
  Notation to := (to h).
  Notation tries := (tries h).

  (** Each call starts from the link that the one before it made, the first from [l]. *)
  Fixpoint linked (l : option link) (calls : list (call stored)) : Prop :=
    match calls with
    | [] => True
    | c :: rest => from c = l /\ linked (Some (to c)) rest
    end.

  Definition held (l : option link) : option stored := option_map Stored l.

  Definition end_of (l : option link) (calls : list (call stored)) : option link :=
    fold_left (fun _ c => Some (to c)) calls l.

  Lemma end_of_app : forall l xs ys, end_of l (xs ++ ys) = end_of (end_of l xs) ys.
  Proof. intros. apply fold_left_app. Qed.

  (** *** What one execution does to the key *)

  Lemma perform_elsewhere : forall (s : state stored) o,
    key_of o <> KEY -> fst (perform stored_eq s o) KEY = s KEY.
  Proof.
    intros s o N. apply not_eq_sym, String.eqb_neq in N.
    destruct o as [k|k v|k v w create]; simpl in *; auto; unfold put.
    - now rewrite N.
    - destruct (s k) as [x|]; [destruct (stored_eq x v)|destruct create]; simpl; auto; now rewrite N.
  Qed.

  Lemma attempt_step : forall s l c, asked c = swap_of (attempt_of h c) -> s KEY = held l ->
    (lands s c = true /\ from c = l /\ outcome stored_eq s c = Done
       /\ after stored_eq s c KEY = held (Some (to c)))
    \/ (lands s c = false /\ from c <> l /\ outcome stored_eq s c <> Done /\ after stored_eq s c = s).
  Proof.
    intros s l c A S. unfold lands, outcome, after, Chain.from, Chain.to. rewrite A.
    unfold swap_of. destruct (base (attempt_of h c)) as [b|] eqn:B; simpl; rewrite S.
    - destruct l as [l|]; simpl.
      + destruct (stored_eq (Stored l) (Stored b)) as [E|E]; simpl.
        * injection E as ->. left. unfold put. rewrite String.eqb_refl. auto.
        * right. repeat split; try congruence.
      + right. repeat split; congruence.
    - destruct l as [l|]; simpl.
      + destruct (stored_eq (Stored l) Null); [discriminate|]. right. repeat split; congruence.
      + left. unfold put. rewrite String.eqb_refl. auto.
  Qed.

  Lemma other_step : forall s c, In c (run h) -> ~ tries c ->
    lands s c = false /\ after stored_eq s c KEY = s KEY.
  Proof.
    intros s c I N. destruct (string_dec (key_of (asked c)) KEY) as [K|K].
    - destruct (touched _ OB c I K) as [R|T]; [|contradiction].
      unfold lands, after. rewrite R. auto.
    - unfold after. rewrite perform_elsewhere by assumption. split; [|reflexivity].
      unfold lands, outcome. destruct (asked c) as [| |k v w create]; auto.
      destruct (snd _); auto. now apply String.eqb_neq.
  Qed.

  Lemma tries_dec : forall c, In c (run h) -> tries c \/ ~ tries c.
  Proof.
    intros c I. unfold Chain.tries.
    assert (D : forall o p : operation stored, {o = p} + {o <> p}).
    { decide equality; auto using stored_eq, string_dec, bool_dec. }
    destruct (D (asked c) (swap_of (attempt_of h c))); tauto.
  Qed.

  Lemma chain_from : forall es s l, (forall e, In e es -> In (call_of e) (run h)) -> s KEY = held l ->
    linked l (landed_from s es)
    /\ state_after stored_eq s es KEY = held (end_of l (landed_from s es)).
  Proof.
    induction es as [|e es IH]; simpl; intros s l R S; [auto|].
    assert (I : In (call_of e) (run h)) by auto.
    destruct (tries_dec _ I) as [T|T].
    - destruct (attempt_step s l (call_of e) (proj2 T) S) as [(-> & F & _ & A)|(-> & _ & _ & ->)].
      + simpl. destruct (IH _ _ (fun e H => R e (or_intror H)) A). auto.
      + apply IH; auto.
    - destruct (other_step s (call_of e) I T) as [-> A]. apply IH; [auto|congruence].
  Qed.

  Lemma landed_app : forall xs ys s,
    landed_from s (xs ++ ys) = landed_from s xs ++ landed_from (state_after stored_eq s xs) ys.
  Proof.
    induction xs as [|e xs IH]; simpl; intros ys s; [reflexivity|].
    rewrite IH. destruct (lands s (call_of e)); reflexivity.
  Qed.

  Lemma of_run : forall xs ys, order = xs ++ ys -> forall e, In e xs -> In (call_of e) (run h).
  Proof. intros xs ys E e I. apply (of_the_run L). rewrite E. apply in_or_app. auto. Qed.

  Lemma state_at : forall xs ys, order = xs ++ ys ->
    state_after stored_eq empty xs KEY = held (end_of None (landed xs)).
  Proof. intros xs ys E. apply chain_from; [apply (of_run _ _ E)|reflexivity]. Qed.

  Lemma landed_tries : forall es s c, (forall e, In e es -> In (call_of e) (run h)) ->
    In c (landed_from s es) -> tries c.
  Proof.
    induction es as [|e es IH]; simpl; intros s c R I; [tauto|].
    destruct (lands s (call_of e)) eqn:LA; [destruct I as [<-|I]|]; eauto.
    destruct (tries_dec (call_of e)) as [T|T]; auto.
    destruct (other_step s _ (R e (or_introl eq_refl)) T). congruence.
  Qed.

  Lemma in_landed_tries : forall c, In c (landed order) -> tries c.
  Proof. intros c. apply landed_tries. apply (of_the_run L). Qed.

  Lemma chain_linked : linked None (landed order).
  Proof. apply chain_from; [apply (of_the_run L)|reflexivity]. Qed.

  (** *** Along the chain, the moments of sending grow *)

  Lemma same_to : forall c d, tries c -> tries d -> to c = to d -> c = d.
  Proof. intros c d C D E. apply (fresh_tags _ OB); congruence. Qed.

  Lemma known_was_sent : forall n now c, knows h n now (to c) -> tries c -> sent c < now.
  Proof.
    intros n now c (d & t & _ & LT & [(I & A & AN)|[(T & AN) E]]) C.
    - destruct (no_prophecy (sane _ OB) _ _ _ _ I A AN) as (m & IM & OF & S).
      assert (K : key_of (asked m) = KEY) by (destruct (asked m); simpl in *; tauto).
      destruct (touched _ OB m IM K) as [R|T].
      + rewrite R in OF. destruct OF.
      + rewrite (proj2 T) in OF. unfold swap_of in OF.
        assert (E : Stored (to m) = Stored (to c)) by (destruct (base (attempt_of h m)); apply OF).
        assert (m = c) by (apply same_to; congruence). subst. lia.
    - assert (d = c) by (apply same_to; auto). subst.
      pose proof (answer_after_question (sane _ OB) _ _ _ (proj1 T) AN). lia.
  Qed.

  Lemma sorted_from : forall cs l, linked l cs -> (forall c, In c cs -> tries c) ->
    StronglySorted (fun c d => sent c < sent d) cs
    /\ (forall b, tries b -> l = Some (to b) -> Forall (fun c => sent b < sent c) cs).
  Proof.
    induction cs as [|c cs IH]; simpl; intros l K T; [split; constructor|].
    destruct K as [F K].
    destruct (IH _ K) as [S B]; auto.
    assert (CS : Forall (fun d => sent c < sent d) cs) by auto.
    split; [constructor; auto|]. intros b TB E.
    assert (sent b < sent c).
    { apply known_was_sent with (session c); auto. apply (from_known _ OB); auto. congruence. }
    constructor; auto. eapply Forall_impl; [|exact CS]. simpl. intros; lia.
  Qed.

  Lemma chain_sorted : StronglySorted (fun c d => sent c < sent d) (landed order).
  Proof. eapply sorted_from; [apply chain_linked|apply in_landed_tries]. Qed.

  Lemma sorted_nodup : forall cs : list (call stored),
    StronglySorted (fun c d => sent c < sent d) cs -> NoDup cs.
  Proof.
    induction 1 as [|c cs S IH F]; constructor; auto.
    intros I. rewrite Forall_forall in F. specialize (F c I). lia.
  Qed.

  Lemma sorted_split : forall (cs : list (call stored)) c d,
    StronglySorted (fun c d => sent c < sent d) cs -> In c cs -> In d cs -> sent c < sent d ->
    exists xs ys zs, cs = xs ++ c :: ys ++ d :: zs.
  Proof.
    induction cs as [|x cs IH]; simpl; intros c d S C D LT; [tauto|].
    inversion_clear S as [|? ? S' F]. rewrite Forall_forall in F.
    destruct C as [<-|C].
    - destruct D as [<-|D]; [lia|]. destruct (in_split _ _ D) as (ys & zs & ->). now exists [], ys, zs.
    - destruct D as [<-|D]; [specialize (F _ C); lia|].
      destruct (IH c d S' C D LT) as (xs & ys & zs & ->). now exists (x :: xs), ys, zs.
  Qed.

  Lemma sorted_same : forall (cs : list (call stored)) c d,
    StronglySorted (fun c d => sent c < sent d) cs -> In c cs -> In d cs -> sent c = sent d -> c = d.
  Proof.
    intros cs c d S. induction S as [|x cs S IH F]; intros C D E; [destruct C|].
    rewrite Forall_forall in F. destruct C as [<-|C], D as [<-|D]; auto.
    - specialize (F _ D). lia.
    - specialize (F _ C). lia.
  Qed.

  Lemma linked_from : forall cs l c, linked l cs -> In c cs ->
    from c = l \/ exists b, In b cs /\ from c = Some (to b).
  Proof.
    induction cs as [|x cs IH]; simpl; intros l c K I; [tauto|].
    destruct K as [F K], I as [<-|I]; auto.
    destruct (IH _ _ K I) as [E|(b & B & E)]; right; eauto.
  Qed.

  Lemma linked_none : forall cs l c, linked (Some l) cs -> In c cs -> from c <> None.
  Proof.
    intros cs l c K I E. destruct (linked_from _ _ _ K I) as [F|(b & _ & F)]; congruence.
  Qed.

  Lemma same_from : forall cs l c d, linked l cs -> NoDup cs -> (forall c, In c cs -> tries c) ->
    (forall b, In b cs -> tries b -> l <> Some (to b)) ->
    In c cs -> In d cs -> from c = from d -> c = d.
  Proof.
    induction cs as [|x cs IH]; simpl; intros l c d K ND T N C D E; [tauto|].
    destruct K as [F K].
    inversion_clear ND as [|? ? NI ND'].
    assert (N' : forall b, In b cs -> tries b -> Some (to x) <> Some (to b)).
    { intros b B TB EQ. assert (x = b) by (apply same_to; auto; congruence). congruence. }
    assert (H : forall y, In y cs -> from x <> from y).
    { intros y Y EQ. destruct (linked_from _ _ _ K Y) as [F'|(b & B & F')].
      - apply (N x); auto. congruence.
      - apply (N b); auto. congruence. }
    destruct C as [<-|C], D as [<-|D]; auto.
    - destruct (H d D E).
    - destruct (H c C (eq_sym E)).
    - apply (IH _ c d K ND'); auto.
  Qed.

  (** The successful swaps form a single chain that begins at the absent key: each starts from the link that the
      one before it made, no call is in it twice, and no two start from the same link. *)
  Theorem no_fork :
    linked None (landed order)
    /\ NoDup (landed order)
    /\ (forall c d, In c (landed order) -> In d (landed order) -> from c = from d -> c = d).
  Proof.
    pose proof (sorted_nodup _ chain_sorted) as ND.
    split; [apply chain_linked|]. split; [exact ND|].
    intros c d. apply same_from with None; auto using chain_linked, in_landed_tries. discriminate.
  Qed.

  (** *** Answers and the chain *)

  Lemma lands_in : forall past e rest s, lands (state_after stored_eq s past) (call_of e) = true ->
    In (call_of e) (landed_from s (past ++ e :: rest)).
  Proof.
    intros past e rest s LA. rewrite landed_app. apply in_or_app. right. simpl. rewrite LA. now left.
  Qed.

  Lemma success_lands : forall c t, succeeded h c t -> In c (landed order).
  Proof.
    intros c t (T & A). destruct (lawful_answered _ _ _ _ _ _ _ L (proj1 T) A) as (past & rest & E & OUT).
    unfold landed. rewrite E. apply (lands_in past (Heard c)). simpl.
    destruct (attempt_step _ _ c (proj2 T) (state_at _ _ E)) as [(LA & _)|(_ & _ & N & _)]; congruence.
  Qed.

  Lemma end_of_in : forall cs l k, end_of l cs = Some k -> l = Some k \/ exists c, In c cs /\ to c = k.
  Proof.
    induction cs as [|c cs IH]; simpl; intros l k E; [auto|].
    destruct (IH _ _ E) as [F|(d & I & F)]; right; [|eauto]. exists c. split; congruence || auto.
  Qed.

  Lemma sight_is_end : forall past c rest t l, order = past ++ Heard c :: rest -> saw h c t l ->
    end_of None (landed past) = l.
  Proof.
    intros past c rest t l E (I & A & AN).
    destruct (lawful_heard _ _ _ _ _ _ _ L E) as [t' AN'].
    unfold outcome in AN'. rewrite A in AN'. simpl in AN'. rewrite (state_at _ _ E) in AN'.
    destruct (end_of None (landed past)), l; simpl in AN'; congruence.
  Qed.

  Lemma landed_past : forall past rest c, order = past ++ rest -> In c (landed past) -> In c (landed order).
  Proof. intros past rest c E I. unfold landed. rewrite E, landed_app. apply in_or_app. auto. Qed.

  Lemma known_in_chain : forall n now l, knows h n now l ->
    exists c, In c (landed order) /\ to c = l /\ sent c < now.
  Proof.
    intros n now l K. pose proof K as (d & t & _ & LT & H).
    assert (C : exists c, In c (landed order) /\ to c = l).
    { destruct H as [S|[S E]]; [|exists d; eauto using success_lands].
      pose proof S as (I & _ & AN).
      destruct (lawful_answered _ _ _ _ _ _ _ L I AN) as (past & rest & E & _).
      destruct (end_of_in _ _ _ (sight_is_end _ _ _ _ _ E S)) as [|(c & C & T)]; [discriminate|].
      exists c. eauto using landed_past. }
    destruct C as (c & C & <-). exists c. split; [exact C|]. split; [reflexivity|].
    eapply known_was_sent; eauto using in_landed_tries.
  Qed.

  (** Successful swaps stand in the chain in the order in which they were sent; in particular, a swap that was
      sent after another one's answer stands behind it. *)
  Theorem real_time : forall c d, In c (landed order) -> In d (landed order) ->
    sent c < sent d \/ (exists t, succeeded h c t /\ t < sent d) ->
    exists xs ys zs, landed order = xs ++ c :: ys ++ d :: zs.
  Proof.
    intros c d C D H. apply sorted_split; auto using chain_sorted.
    destruct H as [H|(t & (T & A) & LT)]; [exact H|].
    pose proof (answer_after_question (sane _ OB) _ _ _ (proj1 T) A). lia.
  Qed.

End Order.
