(** * The executable bounded counter does what the model does

    TwinBoundedCounter.v is run beside the Rust type by crates/quipu-crdt/tests/oracle; BoundedCounter.v is what the
    theorems are about. Here they are tied together. [abs] reads a twin's state as a state of the model. Replicas are
    numbers in the twin, so [number] numbers the replicas of the model, in any way that gives no number twice. A state
    is [good] if its keys ascend and are numbers of replicas in [everyone], its rows' gifts likewise, and no row is
    overdrawn.

    Proved: joining, rights and value of the twin are those of the model; a change of the twin is one that the model
    permits, with a delta that the model accepts ([twin_increment], [twin_decrement], [twin_transfer]), so above all
    each delta is valid by itself: taking in rows of givers, the largest gift first, always ends with no row
    overdrawn; and the twin refuses what the model forbids. So whatever the twin does in an execution, the model could
    do, and BoundedCounter.v holds of it.

    Left out: changes by 0, which change nothing in the twin and are none in the model. *)

From Coq Require Import NArith ZArith List Arith Cantor Lia FunctionalExtensionality.
From Quipu Require Import Crash CrashRows BoundedCounter TwinLists TwinCounters RefineRows.
From Quipu Require TwinBoundedCounter.
Import ListNotations.

Module Twin := TwinBoundedCounter.

(** Replicas can be numbered, so that no number is given twice. *)
Lemma a_numbering : exists number : replica -> N, forall a b, number a = number b -> a = b.
Proof.
  exists (fun r => N.of_nat (Cantor.to_nat r)). intros a b H. apply Nat2N.inj in H. now apply Cantor.to_nat_inj.
Qed.

Section Refinement.
Variable number : replica -> N.
Hypothesis number_injective : forall a b, number a = number b -> a = b.
Variable everyone : list replica.
Hypothesis once : NoDup everyone.

Notation look := (find N.compare).
Notation confined := (confined number everyone).

(** ** Reading a twin *)

Definition abs_gifts (g : g_counter) : replica -> nat := fun q => N.to_nat (g_counter_of (number q) g).

Definition abs_row (x : Twin.row) : right_row :=
  RightRow (N.to_nat (Twin.created x)) (N.to_nat (Twin.consumed x)) (abs_gifts (Twin.given x)).

Definition abs (t : Twin.bounded_counter) : rows_state := fun r => abs_row (Twin.row_of (number r) t).

Definition good_row (x : Twin.row) : Prop := ascending (Twin.given x) /\ confined (Twin.given x).

Definition well_formed (t : Twin.bounded_counter) : Prop :=
  ascending t /\ confined t /\ Forall (fun e => good_row (snd e)) t.

Definition good (t : Twin.bounded_counter) : Prop := well_formed t /\ valid everyone (abs t).

Lemma abs_nothing : abs [] = fun _ => no_row.
Proof. reflexivity. Qed.

Lemma well_formed_nothing : well_formed [].
Proof. repeat split; [intros k [] | constructor]. Qed.

Lemma good_row_of : forall k t, well_formed t -> good_row (Twin.row_of k t).
Proof.
  intros k t (_ & _ & Hf). unfold Twin.row_of. destruct (look k t) as [x|] eqn:E.
  - apply look_in in E. rewrite Forall_forall in Hf. exact (Hf _ E).
  - split; [exact I | intros j []].
Qed.

(** ** Joining *)

Lemma gifts_join : forall a b, ascending a -> ascending b ->
  forall k, g_counter_of k (g_counter_join a b) = N.max (g_counter_of k a) (g_counter_of k b).
Proof.
  intros a b Ha Hb k. unfold g_counter_of, g_counter_join. rewrite look_put_all by assumption.
  destruct (look k a), (look k b); lia.
Qed.

Lemma abs_row_join : forall x y, good_row x -> good_row y -> abs_row (Twin.row_join x y) = newer_row (abs_row x) (abs_row y).
Proof.
  intros [[c d] g] [[c' d'] g'] [Ha _] [Hb _]. apply right_row_equal; cbn; intros; try lia.
  unfold abs_gifts. rewrite gifts_join by assumption. lia.
Qed.

Lemma good_row_join : forall x y, good_row x -> good_row y -> good_row (Twin.row_join x y).
Proof.
  intros [[c d] g] [[c' d'] g'] [Ha Ca] [Hb Cb]. split; cbn in *; [now apply put_all_ascending|].
  intros k Hk. apply put_all_keys in Hk. destruct Hk; auto.
Qed.

Lemma row_of_join : forall a b k, ascending a -> ascending b ->
  Twin.row_of k (Twin.bounded_counter_join a b) =
  match look k a, look k b with
  | Some x, Some y => Twin.row_join x y
  | _, None => Twin.row_of k a
  | None, _ => Twin.row_of k b
  end.
Proof.
  intros a b k Ha Hb. unfold Twin.row_of, Twin.bounded_counter_join. rewrite look_put_all by assumption.
  destruct (look k a), (look k b); reflexivity.
Qed.

(** Joining two states of the twin is joining what they stand for. *)
Theorem twin_join : forall a b, well_formed a -> well_formed b ->
  abs (Twin.bounded_counter_join a b) = (fun q => newer_row (abs a q) (abs b q)).
Proof.
  intros a b Wa Wb. apply functional_extensionality; intros q. unfold abs.
  rewrite row_of_join by (apply Wa || apply Wb).
  pose proof (good_row_of (number q) a Wa) as Ga. pose proof (good_row_of (number q) b Wb) as Gb. unfold Twin.row_of in *.
  destruct (look (number q) a), (look (number q) b);
    [now apply abs_row_join | apply right_row_equal; cbn; intros; unfold abs_gifts; cbn; lia..].
Qed.

(** And it keeps states well formed. *)
Theorem twin_join_well_formed : forall a b, well_formed a -> well_formed b -> well_formed (Twin.bounded_counter_join a b).
Proof.
  intros a b (Aa & Ca & Fa) (Ab & Cb & Fb). repeat split.
  - now apply put_all_ascending.
  - intros k Hk. apply put_all_keys in Hk. destruct Hk; auto.
  - apply put_all_forall; auto using good_row_join.
Qed.

(** ** Rights and value *)

Lemma gifts_total : forall g, ascending g -> confined g -> N.to_nat (g_counter_value g) = total (abs_gifts g) everyone.
Proof.
  intros g Ha Hc.
  transitivity (fold_right (fun (e : N * N) n => N.to_nat (snd e) + n) 0 g).
  - clear. induction g as [|e g IH]; [reflexivity|]. cbn [fold_right g_counter_value]. rewrite N2Nat.inj_add. now f_equal.
  - rewrite (sum_is_total number number_injective everyone once N.to_nat g Ha Hc). apply total_ext. intros q _.
    unfold value_at, abs_gifts, g_counter_of. now destruct (look (number q) g).
Qed.

Lemma total_of_rows : forall (f : Twin.row -> nat) t, f ((0, 0)%N, []) = 0 -> well_formed t ->
  fold_right (fun (e : N * Twin.row) n => f (snd e) + n) 0 t = total (fun r => f (Twin.row_of (number r) t)) everyone.
Proof.
  intros f t Hf (Ha & Hc & _). rewrite (sum_is_total number number_injective everyone once f t Ha Hc).
  apply total_ext. intros q _. unfold value_at, Twin.row_of. now destruct (look (number q) t).
Qed.

Lemma got_total : forall q t, well_formed t -> Twin.got (number q) t = Z.of_nat (got everyone (abs t) q).
Proof.
  intros q t W. unfold got. change (fun r => given (abs t r) q) with (fun r => abs_gifts (Twin.given (Twin.row_of (number r) t)) q).
  rewrite <- (total_of_rows (fun x => abs_gifts (Twin.given x) q)) by (reflexivity || assumption).
  clear. unfold Twin.got. induction t as [|e t IH]; [reflexivity|]. cbn [fold_right]. rewrite IH. unfold abs_gifts. lia.
Qed.

Lemma balance_is : forall q t, well_formed t ->
  Twin.balance (number q) t = (Z.of_nat (created (abs t q) + got everyone (abs t) q)
                               - Z.of_nat (consumed (abs t q) + gave everyone (abs t q)))%Z.
Proof.
  intros q t W. unfold Twin.balance, Twin.alone. rewrite got_total by assumption.
  destruct (good_row_of (number q) t W) as [Ha Hc]. pose proof (gifts_total _ Ha Hc) as Hg.
  set (x := Twin.row_of (number q) t) in *.
  change (created (abs t q)) with (N.to_nat (Twin.created x)).
  change (consumed (abs t q)) with (N.to_nat (Twin.consumed x)).
  change (gave everyone (abs t q)) with (total (abs_gifts (Twin.given x)) everyone). lia.
Qed.

(** The twin's rights are the model's. *)
Theorem twin_rights : forall q t, well_formed t -> N.to_nat (Twin.bounded_counter_rights (number q) t) = rights everyone (abs t) q.
Proof. intros q t W. unfold Twin.bounded_counter_rights, rights. rewrite balance_is by assumption. lia. Qed.

(** The twin's value is all that was created less all that was consumed. *)
Theorem twin_value : forall t, well_formed t ->
  N.to_nat (Twin.bounded_counter_value t) = all_created everyone (abs t) - all_consumed everyone (abs t).
Proof.
  intros t W. unfold Twin.bounded_counter_value, all_created, all_consumed, abs; cbn. rewrite N2Nat.inj_sub.
  rewrite <- (total_of_rows (fun x => N.to_nat (Twin.created x))), <- (total_of_rows (fun x => N.to_nat (Twin.consumed x)))
    by (reflexivity || assumption).
  f_equal; clear; induction t as [|e t IH]; cbn [fold_right]; lia.
Qed.

(** ** What a row rests on *)

Definition outside (state part : Twin.bounded_counter) : Twin.bounded_counter :=
  filter (fun entry => negb (member N.compare (fst entry) (keys part))) state.

Lemma in_outside : forall state part e, In e (outside state part) <-> In e state /\ ~ In (fst e) (keys part).
Proof.
  intros; unfold outside. rewrite filter_In, Bool.negb_true_iff, <- Bool.not_true_iff_false, member_spec. reflexivity.
Qed.

Lemma largest_gift_in : forall needy rows k g, Twin.largest_gift needy rows = Some (k, g) -> In k (keys rows).
Proof.
  induction rows as [|[h x] rows IH]; intros k g H; cbn in H; [discriminate|].
  destruct (Twin.largest_gift needy rows) as [[o m]|].
  - destruct (m <? _)%N; injection H as <- <-; [now left | right; eapply IH; reflexivity].
  - destruct (0 <? _)%N; [injection H as <- <-; now left | discriminate].
Qed.

Lemma largest_gift_none : forall needy rows, Twin.largest_gift needy rows = None ->
  forall e, In e rows -> g_counter_of needy (Twin.given (snd e)) = 0%N.
Proof.
  induction rows as [|[h x] rows IH]; intros H e He; [contradiction|]. cbn in H.
  destruct (Twin.largest_gift needy rows) as [[o m]|]; [destruct (m <? _)%N; discriminate|].
  destruct (N.ltb_spec 0 (g_counter_of needy (Twin.given x))); [discriminate|].
  destruct He as [<-|He]; cbn; [lia | now apply IH].
Qed.

Lemma next_giver_in : forall needy part rows k, Twin.next_giver needy part rows = Some k -> In k (keys rows).
Proof.
  induction needy as [|n needy IH]; intros part rows k H; cbn in H; [discriminate|].
  destruct (_ <? 0)%Z; [|now apply IH in H]. destruct (Twin.largest_gift n rows) as [[g m]|] eqn:E; [|now apply IH in H].
  injection H as ->. eapply largest_gift_in; exact E.
Qed.

Lemma next_giver_none : forall needy part rows n, Twin.next_giver needy part rows = None -> In n needy ->
  (Twin.balance n part < 0)%Z -> Twin.largest_gift n rows = None.
Proof.
  induction needy as [|m needy IH]; intros part rows n H Hn Hb; [contradiction|]. cbn in H.
  destruct (Z.ltb_spec (Twin.balance m part) 0).
  - destruct (Twin.largest_gift m rows) as [[g a]|] eqn:E; [discriminate|].
    destruct Hn as [<-|Hn]; [assumption | eapply IH; eassumption].
  - destruct Hn as [<-|Hn]; [lia | eapply IH; eassumption].
Qed.

Definition included (part state : Twin.bounded_counter) : Prop := forall k x, look k part = Some x -> look k state = Some x.

Lemma fewer : forall {A} (f g : A -> bool) l x, (forall y, f y = true -> g y = true) -> In x l -> g x = true -> f x = false ->
  length (filter f l) < length (filter g l).
Proof.
  intros A f g l x Hfg. assert (Hle : forall l, length (filter f l) <= length (filter g l)).
  { induction l0 as [|y l0 IH]; cbn; [lia|]. destruct (f y) eqn:Ef; [rewrite (Hfg y Ef) | destruct (g y)]; cbn; lia. }
  induction l as [|y l IH]; intros Hx Hg Hf; [contradiction|]. cbn. destruct Hx as [->|Hx].
  - rewrite Hf, Hg; cbn. specialize (Hle l). lia.
  - specialize (IH Hx Hg Hf). destruct (f y) eqn:Ef; [rewrite (Hfg y Ef) | destruct (g y)]; cbn; lia.
Qed.

(** Where no giver is left to take in, no row is overdrawn. *)
Lemma nobody_left_valid : forall state part, well_formed state -> well_formed part -> included part state ->
  valid everyone (abs state) -> Twin.next_giver (keys part) part (outside state part) = None ->
  valid everyone (abs part).
Proof.
  intros state part Ws Wp Hincl Hv Hn q.
  destruct (look (number q) part) as [x|] eqn:E.
  - destruct (Z.ltb_spec (Twin.balance (number q) part) 0) as [Hneg|Hpos]; [|rewrite balance_is in Hpos by assumption; lia].
    pose proof (next_giver_none _ _ _ _ Hn (look_key _ _ _ E) Hneg) as Hnone.
    specialize (Hv q). assert (Eq : abs part q = abs state q).
    { unfold abs, Twin.row_of. now rewrite E, (Hincl _ _ E). }
    rewrite Eq. enough (got everyone (abs part) q = got everyone (abs state) q) by lia.
    apply total_ext. intros r _. unfold abs, Twin.row_of.
    destruct (look (number r) part) as [y|] eqn:Er; [now rewrite (Hincl _ _ Er)|].
    destruct (look (number r) state) as [y|] eqn:Es; [|reflexivity].
    change (0 = N.to_nat (g_counter_of (number q) (Twin.given (snd (number r, y))))).
    rewrite (largest_gift_none _ _ Hnone (number r, y)); [reflexivity|].
    apply in_outside. split; [now apply look_in|]. intros Hk. apply key_look in Hk. destruct Hk as [z Hz]. cbn in Hz. congruence.
  - assert (Eq : abs part q = no_row) by (unfold abs, Twin.row_of; now rewrite E).
    rewrite Eq. unfold gave; cbn. rewrite total_zero. lia.
Qed.

Lemma supported_valid : forall steps state part, well_formed state -> well_formed part -> included part state ->
  valid everyone (abs state) -> length (outside state part) < length steps ->
  let p := Twin.supported steps state part in
  well_formed p /\ included p state /\ included part p /\ valid everyone (abs p).
Proof.
  induction steps as [|st steps IH]; intros state part Ws Wp Hincl Hv Hlen; cbn in Hlen; [lia|].
  cbn. fold (outside state part). destruct (Twin.next_giver (keys part) part (outside state part)) as [g|] eqn:E.
  - apply next_giver_in in E. unfold keys in E. apply in_map_iff in E. destruct E as ([g' x] & Eg & Hin); cbn in Eg; subst g'.
    pose proof (proj1 (in_outside _ _ _) Hin) as [Hs Hnk]; cbn in Hnk.
    assert (Hg : look g state = Some x) by (apply in_look; [apply Ws | assumption]).
    assert (Hgp : look g part = None).
    { destruct (look g part) eqn:E; [|reflexivity]. apply look_key in E. contradiction. }
    assert (Hrow : Twin.row_of g state = x) by (unfold Twin.row_of; now rewrite Hg).
    assert (Hput : forall k, look k (put N.compare Twin.row_join g (Twin.row_of g state) part) =
                             if N.eq_dec k g then Some x else look k part).
    { intros k. rewrite look_put by apply Wp. now rewrite Hgp, Hrow. }
    set (part' := put N.compare Twin.row_join g (Twin.row_of g state) part) in *.
    enough (Hp : well_formed part' /\ included part' state /\ length (outside state part') < length steps).
    { destruct Hp as (P1 & P2 & P3). destruct (IH state part' Ws P1 P2 Hv P3) as (A & B & C & D).
      split; [exact A|]. split; [exact B|]. split; [|exact D].
      intros k y Hk. apply C. rewrite Hput. destruct (N.eq_dec k g) as [->|]; [congruence | assumption]. }
    split; [|split].
    + destruct Wp as (Ap & Cp & Fp).
      assert (Ap' : ascending part') by now apply put_ascending.
      split; [exact Ap' | split].
      * intros k Hk. apply put_keys in Hk. destruct Hk as [->|Hk]; [|auto]. apply Ws. eapply look_key; exact Hg.
      * apply Forall_forall. intros [k y] Hk. apply in_look in Hk; [|assumption]. rewrite Hput in Hk.
        destruct (N.eq_dec k g) as [->|].
        -- injection Hk as <-. cbn. rewrite <- Hrow. now apply good_row_of.
        -- apply look_in in Hk. rewrite Forall_forall in Fp. exact (Fp _ Hk).
    + intros k y Hk. rewrite Hput in Hk. destruct (N.eq_dec k g) as [->|]; [congruence | now apply Hincl].
    + apply Nat.lt_le_trans with (length (outside state part)); [|lia].
      apply fewer with (x := (g, x)); auto; cbn [fst].
      * intros y. rewrite !Bool.negb_true_iff, <- !Bool.not_true_iff_false, !member_spec. unfold part'. rewrite put_keys. tauto.
      * rewrite Bool.negb_true_iff, <- Bool.not_true_iff_false, member_spec. assumption.
      * rewrite Bool.negb_false_iff, member_spec. unfold part'. rewrite put_keys. now left.
  - split; [exact Wp|]. split; [exact Hincl|]. split; [now intros k y|]. now apply nobody_left_valid with (state := state).
Qed.
(** ** Changes *)

Lemma outside_shorter : forall (state part : Twin.bounded_counter) k x,
  In (k, x) state -> In k (keys part) -> length (outside state part) < length state.
Proof.
  intros state part k x Hin Hk.
  apply Nat.lt_le_trans with (length (filter (fun _ => true) state)).
  - apply fewer with (x := (k, x)); auto; cbn. rewrite Bool.negb_false_iff. now apply member_spec.
  - clear. induction state; cbn; lia.
Qed.

Lemma grown_is_made : forall s r c x,
  good s -> allowed everyone r c (abs s) -> good_row x -> abs_row x = grown_row c (abs s r) ->
  let d := Twin.grown (number r) x s in
  good d /\ makes (d := of_rows (right_rows everyone)) r c (abs s) (abs d).
Proof.
  intros s r c x [Ws Vs] Hal Hx Ex. pose proof Hal as [Hr _]. unfold Twin.grown.
  set (one := [(number r, x)]). assert (Wone : well_formed one).
  { split; [cbn; auto|]. split; [|constructor; [exact Hx | constructor]]. intros k [<-|[]]. now exists r. }
  set (after := Twin.bounded_counter_join s one).
  pose proof (twin_join_well_formed s one Ws Wone : well_formed after) as Wafter.
  pose proof (twin_join s one Ws Wone : abs after = _) as Eafter.
  assert (Hown : abs after r = grown_row c (abs s r)).
  { rewrite Eafter. replace (abs one r) with (grown_row c (abs s r)).
    - rewrite (newer_comm _ (right_laws everyone)). apply (row_grows _ (right_laws everyone)).
    - unfold abs, Twin.row_of, one. rewrite look_cons; cbn [fst snd]. destruct (N.eq_dec (number r) (number r)); [|congruence].
      now rewrite Ex. }
  assert (Hother : forall q, q <> r -> abs after q = abs s q).
  { intros q Hq. rewrite Eafter. replace (abs one q) with no_row.
    - rewrite (newer_comm _ (right_laws everyone)). apply (newer_none _ (right_laws everyone)).
    - unfold abs, Twin.row_of, one. rewrite look_cons; cbn [fst snd].
      destruct (N.eq_dec (number q) (number r)) as [E|]; [|reflexivity]. apply number_injective in E. contradiction. }
  assert (Vafter : valid everyone (abs after)).
  { apply (valid_change everyone once (abs s) (abs s) (abs after) r c); auto.
    intros q. apply (newer_idem _ (right_laws everyone)). }
  assert (Hlook : exists y, look (number r) after = Some y).
  { apply key_look, put_all_keys. right. now left. }
  destruct Hlook as [y Hy].
  set (part := [(number r, Twin.row_of (number r) after)]).
  assert (Hpart : forall k, look k part = if N.eq_dec k (number r) then Some y else None).
  { intros k. unfold part. rewrite look_cons; cbn [fst snd]. unfold Twin.row_of. now rewrite Hy. }
  assert (Wpart : well_formed part).
  { split; [cbn; auto|]. split; [intros k [<-|[]]; now exists r|]. constructor; [now apply good_row_of | constructor]. }
  destruct (supported_valid after after part) as (Wd & Hd & Hpd & Vd); auto.
  - intros k z Hz. rewrite Hpart in Hz. destruct (N.eq_dec k (number r)) as [->|]; [congruence | discriminate].
  - apply outside_shorter with (k := number r) (x := y); [now apply look_in | now left].
  - set (d := Twin.supported after after part) in *.
    assert (Hdr : look (number r) d = Some y).
    { apply Hpd. rewrite Hpart. now destruct (N.eq_dec (number r) (number r)). }
    split; [now split|]. split; [exact Hal|]. split; [|split; [|exact Vd]].
    + change (abs d r = grown_row c (abs s r)). rewrite <- Hown. unfold abs, Twin.row_of. now rewrite Hdr, Hy.
    + intros q Hq. change (abs d q = no_row \/ abs d q = abs s q). rewrite <- (Hother q Hq). unfold abs, Twin.row_of.
      destruct (look (number q) d) as [z|] eqn:E; [right; now rewrite (Hd _ _ E) | now left].
Qed.

Notation makes_in_the_model := (makes (d := of_rows (right_rows everyone))).

(** What the twin adds, the model may add, with the same delta; and the delta is a good state by itself. *)
Theorem twin_increment : forall s r a, good s -> In r everyone -> (0 < a)%N ->
  let d := Twin.bounded_counter_increment (number r) a s in
  good d /\ makes_in_the_model r (Increment (N.to_nat a)) (abs s) (abs d).
Proof.
  intros s r a Hs Hr Ha. unfold Twin.bounded_counter_increment. destruct a as [|p]; [lia|].
  apply grown_is_made; auto.
  - split; [assumption | lia].
  - exact (good_row_of (number r) s (proj1 Hs)).
  - apply right_row_equal; cbn; intros; try reflexivity. rewrite N2Nat.inj_add; reflexivity.
Qed.

Lemma enough_rights : forall s r a, well_formed s ->
  (Twin.bounded_counter_rights (number r) s <? a)%N = false <-> N.to_nat a <= rights everyone (abs s) r.
Proof. intros s r a W. rewrite N.ltb_ge, <- twin_rights by assumption. lia. Qed.

(** What the twin takes away, the model may take away, with the same delta, a good state by itself. *)
Theorem twin_decrement : forall s r a d, good s -> In r everyone -> (0 < a)%N ->
  Twin.bounded_counter_decrement (number r) a s = Some d ->
  good d /\ makes_in_the_model r (Decrement (N.to_nat a)) (abs s) (abs d).
Proof.
  intros s r a d Hs Hr Ha H. unfold Twin.bounded_counter_decrement in H. destruct a as [|p]; [lia|].
  destruct (_ <? _)%N eqn:E; [discriminate|]. injection H as <-. apply enough_rights in E; [|apply Hs].
  apply grown_is_made; auto.
  - split; [assumption | lia].
  - exact (good_row_of (number r) s (proj1 Hs)).
  - apply right_row_equal; cbn; intros; try reflexivity. rewrite N2Nat.inj_add; reflexivity.
Qed.

(** What the twin hands over, the model may hand over, with the same delta, a good state by itself. *)
Theorem twin_transfer : forall s r to a d, good s -> In r everyone -> In to everyone -> (0 < a)%N ->
  Twin.bounded_counter_transfer (number r) (number to) a s = Some d ->
  good d /\ makes_in_the_model r (Transfer to (N.to_nat a)) (abs s) (abs d).
Proof.
  intros s r to a d Hs Hr Hto Ha H. unfold Twin.bounded_counter_transfer in H.
  destruct (N.eqb_spec (number r) (number to)) as [|Hne]; [discriminate|]. destruct a as [|p]; [lia|].
  destruct (_ <? _)%N eqn:E; [discriminate|]. injection H as <-. apply enough_rights in E; [|apply Hs].
  destruct (good_row_of (number r) s (proj1 Hs)) as [Ag Cg].
  set (x := Twin.row_of (number r) s) in *. set (more := g_counter_increment (number to) (N.pos p) (Twin.given x)).
  assert (Emore : more = [(number to, (g_counter_of (number to) (Twin.given x) + N.pos p)%N)]) by reflexivity.
  apply grown_is_made; auto.
  - split; [assumption|]. repeat split; try lia; [congruence | assumption].
  - change (ascending (g_counter_join (Twin.given x) more) /\ confined (g_counter_join (Twin.given x) more)).
    split; [now apply put_all_ascending|]. intros k Hk. apply put_all_keys in Hk. destruct Hk as [Hk|Hk]; [auto|].
    rewrite Emore in Hk. destruct Hk as [<-|[]]. now exists to.
  - apply right_row_equal; try reflexivity. intros q.
    change (abs_gifts (g_counter_join (Twin.given x) more) q =
            if replica_dec q to then abs_gifts (Twin.given x) q + N.to_nat (N.pos p) else abs_gifts (Twin.given x) q).
    unfold abs_gifts. rewrite gifts_join by (auto; rewrite Emore; cbn; auto).
    rewrite Emore. unfold g_counter_of at 2. rewrite look_cons; cbn [fst snd].
    destruct (replica_dec q to) as [->|Hq].
    + destruct (N.eq_dec (number to) (number to)); [|congruence]. lia.
    + destruct (N.eq_dec (number q) (number to)) as [Eq|]; [apply number_injective in Eq; contradiction|]. cbn. lia.
Qed.

(** The twin refuses a decrement only where the model forbids it: the replica holds fewer rights, as far as known
    there. *)
Theorem twin_refuses : forall s r a, good s -> In r everyone ->
  Twin.bounded_counter_decrement (number r) a s = None -> ~ allowed everyone r (Decrement (N.to_nat a)) (abs s).
Proof.
  intros s r a Hs Hr H [_ Hal]. unfold Twin.bounded_counter_decrement in H. destruct a as [|p]; [discriminate|].
  destruct (_ <? _)%N eqn:E; [|discriminate]. apply Bool.not_false_iff_true in E. apply E. apply enough_rights; [apply Hs | lia].
Qed.

(** And likewise a transfer. *)
Theorem twin_refuses_transfer : forall s r to a, good s -> In r everyone -> In to everyone ->
  Twin.bounded_counter_transfer (number r) (number to) a s = None -> ~ allowed everyone r (Transfer to (N.to_nat a)) (abs s).
Proof.
  intros s r to a Hs Hr Hto H [_ (Ha & Hne & _)]. unfold Twin.bounded_counter_transfer in H.
  destruct (N.eqb_spec (number r) (number to)) as [E|_]; [apply number_injective in E; congruence|].
  destruct a as [|p]; [discriminate|].
  destruct (_ <? _)%N eqn:E; [|discriminate]. apply Bool.not_false_iff_true in E. apply E. apply enough_rights; [apply Hs | lia].
Qed.

(** The empty twin is the state that every execution begins with. *)
Theorem twin_bottom : good [] /\ abs [] = bottom (d := of_rows (right_rows everyone)).
Proof. split; [split; [exact well_formed_nothing | exact (valid_nothing everyone)] | reflexivity]. Qed.
End Refinement.
