(** * The counter over a sliding window, which drops old buckets

    What is proved.
    - Dropping commutes with joining ([dropping_and_joining]): joining states that have dropped old buckets, and dropping again, gives
      what joining the full states and dropping once would.  So the join of the Rust code is commutative, associative, and idempotent on
      states that have dropped ([windowed_join_laws]).
    - For any delivery: the state of every replica is what dropping leaves of the join of the deltas it knows; replicas that know the
      same operations are in the same state ([windowed_state_is_known_deltas], [windowed_strong_eventual_consistency]).
    - A bucket that is kept holds the sum of all increments of that bucket that are known ([kept_bucket_counts]); the count of late
      events is the sum of the known late ones ([late_events_count]).  Here knowing an increment means knowing a later one of the
      same replica and bucket: a delta is one slot of one bucket.

    The model.  A state has the watermark (the newest bucket that counted anything), a slot per bucket and replica, and one per replica for
    late events.  [kept] is the window and the lateness together; [lateness < kept] since a window has a bucket.  An event is late if
    its bucket is more than [lateness] before the watermark that its replica knows; that decision is part of the operation.

    The Rust counterpart.  [crates/quipu-crdt/src/windowed_counter.rs].  The watermark is no field there: it is the newest bucket that is
    not empty, which dropping never drops ([watermark_is_newest_bucket]).

    What is assumed.  As in [Convergence.v].  What is left out.  The bound on times to be believed; limits of numbers. *)

From Coq Require Import List Arith NArith Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Counters.
Import ListNotations.
Local Open Scope N_scope.

Section Windowed.
  Context {Replica : Type} `{EqDec Replica}.
  Variables kept lateness : N.
  Hypothesis lateness_kept : lateness < kept.

  (** The watermark, one above the newest bucket that counted anything, 0 if none did; the slots; the slots of late events. *)
  Definition windowed := (N * ((N * Replica -> N) * (Replica -> N)))%type.

  Definition mark (s : windowed) : N := fst s.
  Definition bucket (s : windowed) : N * Replica -> N := fst (snd s).
  Definition late (s : windowed) : Replica -> N := snd (snd s).

  (** [i] is among the [kept] newest buckets. *)
  Definition is_kept (m i : N) : bool := m <=? i + kept.

  (** What is left when old buckets are dropped. *)
  Definition drop (s : windowed) : windowed :=
    (mark s, ((fun x => if is_kept (mark s) (fst x) then bucket s x else 0), late s)).

  (** The join of the Rust code: join, and drop. *)
  Definition windowed_join (a b : windowed) : windowed := drop (a ⊔ b).

  Lemma same_state (a b : windowed) :
    mark a = mark b -> (forall x, bucket a x = bucket b x) -> late a = late b -> a = b.
  Proof.
    destruct a as [m [f l]], b as [m' [f' l']]. unfold mark, bucket, late. simpl. intros -> eq ->. do 2 f_equal.
    extensionality x. apply eq.
  Qed.

  Lemma drop_join_left a b : drop (drop a ⊔ b) = drop (a ⊔ b).
  Proof.
    apply same_state; try reflexivity. intros [i r]. unfold drop, bucket, mark, is_kept. simpl.
    destruct (N.leb_spec (N.max (fst a) (fst b)) (i + kept)); [| easy].
    destruct (N.leb_spec (fst a) (i + kept)); [easy | lia].
  Qed.

  (** Dropping before a join, on either side or both, makes no difference after it. *)
  Theorem dropping_and_joining a b :
    drop (drop a ⊔ b) = drop (a ⊔ b) /\ drop (drop a ⊔ drop b) = drop (a ⊔ b).
  Proof.
    split; [apply drop_join_left |]. now rewrite drop_join_left, (join_comm a (drop b)), drop_join_left, (join_comm b a).
  Qed.

  (** The join that drops obeys the laws; states that have dropped are those with [drop a = a]. *)
  Theorem windowed_join_laws :
    (forall a b, windowed_join a b = windowed_join b a) /\
    (forall a b c, windowed_join (windowed_join a b) c = windowed_join a (windowed_join b c)) /\
    (forall a, drop a = a -> windowed_join a a = a /\ windowed_join a bottom = a) /\
    (forall a b, drop (windowed_join a b) = windowed_join a b).
  Proof.
    unfold windowed_join. repeat split.
    - intros a b. now rewrite join_comm.
    - intros a b c. now rewrite drop_join_left, (join_comm a (drop (b ⊔ c))), drop_join_left, (join_comm (b ⊔ c) a), join_assoc.
    - now rewrite join_idem.
    - now rewrite join_bottom.
    - intros a b. apply same_state; try reflexivity. intros [i r]. unfold drop, bucket, mark, is_kept. simpl.
      now destruct (N.leb_spec (N.max (fst a) (fst b)) (i + kept)).
  Qed.

  (** ** Counting *)

  (** [amount] events in a bucket, counted there or among the late ones. *)
  Record count_op := Count { in_bucket : N; how_many : N; is_late : bool }.

  Definition late_at (m i : N) : bool := i + lateness + 1 <? m.

  (** The delta is one slot of one bucket, or one slot of the late ones. *)
  Definition count (r : Replica) (o : count_op) (s base delta : windowed) : Prop :=
    how_many o <> 0 /\ is_late o = late_at (mark s) (in_bucket o) /\
    delta = if is_late o
            then (0, (bottom, single r (late s r + how_many o)))
            else (in_bucket o + 1, (single (in_bucket o, r) (bucket s (in_bucket o, r) + how_many o), bottom)).

  Local Notation event := (event Replica windowed count_op).
  Local Notation system := (system Replica windowed count_op).

  (** Executions in which states are kept whole, and those of the Rust code, which drops at each join. *)
  Definition full_run causal (w : system) := run (fun _ => false) count causal w.
  Definition dropping : Joinable windowed := {| bottom := bottom; join := windowed_join |}.
  Definition dropping_run causal (w : system) := run (fun _ => false) count (H0 := dropping) causal w.

  (** The same execution, states kept whole. *)
  Definition whole (w : system) : system :=
    System (fun r => state_of (known w r)) (known w) (history w) (map (fun m => (state_of (snd m), snd m)) (network w)).

  Lemma drop_mark s : mark (drop s) = mark s.
  Proof. reflexivity. Qed.

  (** A replica that has dropped counts as one that has not: what is not late is kept. *)
  Lemma count_dropped r o s b d b' : count r o (drop s) b d -> count r o s b' d.
  Proof.
    intros (some & is & ->). split; [exact some |]. split; [exact is |]. destruct (is_late o) eqn:lt; [reflexivity |].
    assert (here : bucket (drop s) (in_bucket o, r) = bucket s (in_bucket o, r)); [| now rewrite here].
    unfold drop, bucket, is_kept, mark in *. simpl in *. unfold late_at in is. symmetry in is. apply N.ltb_ge in is.
    destruct (N.leb_spec (fst s) (in_bucket o + kept)); [easy | lia].
  Qed.

  Lemma delta_is_kept r o s b d : count r o s b d -> drop d = d.
  Proof.
    intros (_ & _ & ->). apply same_state; try reflexivity. intros [i q]. unfold drop, bucket, is_kept, mark. simpl.
    destruct (is_late o); simpl.
    - now destruct (N.leb_spec 0 (i + kept)).
    - destruct (N.leb_spec (in_bucket o + 1) (i + kept)) as [|gt]; [easy |]. unfold single.
      destruct (eq_dec (in_bucket o, r) (i, q)) as [[= <- <-] |]; [lia | easy].
  Qed.

  Lemma whole_run causal (w : system) :
    dropping_run causal w ->
    full_run causal (whole w) /\ (forall r, state w r = drop (state_of (known w r))) /\
    (forall m, In m (network w) -> fst m = drop (state_of (snd m))).
  Proof.
    intros ran. induction ran as [| w w' ran (full & st & net) step].
    { split; [constructor |]. split; [| easy]. intros r. apply same_state; try reflexivity.
      intros x. unfold drop, bucket, is_kept. simpl. now destruct (_ <=? _). }
    assert (app : forall k k' : list event, state_of (k ++ k') = state_of k' ⊔ state_of k).
    { intros k k'. unfold state_of. now rewrite map_app, joins_app, join_comm. }
    assert (learned : forall (v : system) r k,
              whole (System (state v) (update (known v) r (k ++ known v r)) (history v) (network v)) =
              learn (whole v) r (state_of k) k).
    { intros v r k. unfold whole, learn. simpl. f_equal. extensionality q. unfold update. destruct (eq_dec r q); [apply app | easy]. }
    destruct step as [r o b k d from made e | m m' here here' | r | r m here ord].
    - assert (own : b = state w r /\ k = known w r) by (destruct from as [[= -> ->] | (rd & _)]; easy).
      destruct own as [-> ->]. rewrite (st r) in made.
      assert (one : state_of [e] = d) by exact (join_bottom d).
      assert (kept_d : drop d = d) by apply (delta_is_kept _ _ _ _ _ made).
      split; [| split].
      + apply (run_step _ _ _ (whole w)); [exact full |].
        pose proof (step_operate (fun _ => false) count causal (whole w) r o (state (whole w) r) (known w r) d
                      (or_introl eq_refl) (count_dropped _ _ _ _ _ _ made)) as next.
        simpl in next.
        replace (whole (send (learn (H0 := dropping) (record w e) r d [e]) (d, [e])))
          with (send (learn (record (whole w) e) r d [e]) (d, [e])); [exact next |].
        pose proof (learned (record w e) r [e]) as eq. rewrite one in eq. unfold whole, send in *. simpl in *.
        rewrite one. injection eq as eqs. unfold learn, record. simpl. f_equal. symmetry. exact eqs.
      + intros q. simpl. unfold update. destruct (eq_dec r q) as [<- | ne]; [| apply st].
        change (drop (state w r ⊔ d) = drop (state_of (e :: known w r))).
        rewrite (st r), drop_join_left. change (state_of (e :: known w r)) with (d ⊔ state_of (known w r)). now rewrite (join_comm d).
      + intros m [<- | here]; [| now apply net]. change (d = drop (state_of [e])). now rewrite one.
    - split; [| split; [exact st |]].
      + apply (run_step _ _ _ (whole w)); [exact full |].
        replace (whole (send w (join (Joinable := dropping) (fst m) (fst m'), snd m ++ snd m')))
          with (send (whole w) (state_of (snd m) ⊔ state_of (snd m'), snd m ++ snd m')).
        * apply (step_group _ _ _ (whole w) (state_of (snd m), snd m) (state_of (snd m'), snd m')); simpl; apply in_map_iff;
            [now exists m | now exists m'].
        * unfold whole, send. cbn [state known history network map fst snd]. do 3 f_equal. rewrite app. apply join_comm.
      + intros x [<- | inx]; [cbn [fst snd] | now apply net].
        rewrite (net m here), (net m' here'), app. change (windowed_join (drop (state_of (snd m))) (drop (state_of (snd m'))) =
          drop (state_of (snd m') ⊔ state_of (snd m))). unfold windowed_join.
        rewrite (proj2 (dropping_and_joining _ _)). now rewrite join_comm.
    - split; [| split; [exact st |]].
      + apply (run_step _ _ _ (whole w)); [exact full |]. exact (step_send_state _ _ _ (whole w) r).
      + intros x [<- | inx]; [apply st | now apply net].
    - split; [| split; [| exact net]].
      + apply (run_step _ _ _ (whole w)); [exact full |].
        replace (whole (learn (H0 := dropping) w r (fst m) (snd m))) with (learn (whole w) r (state_of (snd m)) (snd m)).
        * apply (step_receive _ _ _ (whole w) r (state_of (snd m), snd m)); [| exact ord].
          simpl. apply in_map_iff. now exists m.
        * rewrite <- learned. reflexivity.
      + intros q. simpl. unfold update. destruct (eq_dec r q) as [<- | ne]; [| apply st].
        change (windowed_join (state w r) (fst m) = drop (state_of (snd m ++ known w r))).
        rewrite (st r), (net m here), app. unfold windowed_join. apply (proj2 (dropping_and_joining _ _)).
  Qed.

  (** At every moment, the state of a replica is what dropping leaves of the join of the deltas of the operations it knows. *)
  Theorem windowed_state_is_known_deltas causal w r :
    dropping_run causal w -> state w r = drop (state_of (known w r)).
  Proof. intros ran. apply (whole_run causal w ran). Qed.

  (** Replicas that know the same operations are in the same state, whatever was dropped where, and when. *)
  Theorem windowed_strong_eventual_consistency causal w r r' :
    dropping_run causal w -> (forall e, In e (known w r) <-> In e (known w r')) -> state w r = state w r'.
  Proof.
    intros ran same. rewrite !(windowed_state_is_known_deltas causal w _ ran). f_equal. unfold state_of.
    apply joins_same. intros d. rewrite !in_map_iff. firstorder.
  Qed.

  (** ** What is counted *)

  (** The slot that an operation raises: of a replica in a bucket, or of a replica among the late. *)
  Definition slot_raised_by (r : Replica) (o : count_op) : option N * Replica :=
    (if is_late o then None else Some (in_bucket o), r).

  Definition slot_value (x : option N * Replica) (s : windowed) : N :=
    match fst x with Some i => bucket s (i, snd x) | None => late s (snd x) end.

  (** [e] is known where [k] is: itself, or a later count of the same replica in the same bucket (or among the late). *)
  Definition counted (k : list event) (e : event) := included_slot slot_raised_by k e.

  Lemma slot_of_known causal w r x es :
    dropping_run causal w ->
    NoDup es -> (forall e, In e es <-> counted (known w r) e /\ slot_raised_by (by_whom e) (op e) = x) ->
    slot_value x (state_of (known w r)) = total (map (fun e => how_many (op e)) es).
  Proof.
    intros ran once listed. destruct (whole_run causal w ran) as (full & _).
    pose proof (reachable_invariant _ _ _ _ full) as inv.
    apply (slot_is_sum (fun _ => false) count slot_raised_by how_many slot_value) with (causal := causal) (w := whole w)
      (bound := length (history w)) (r := x); try assumption.
    - unfold slot_raised_by. congruence.
    - now intros [[i |] q].
    - intros [[i |] q] s t; reflexivity.
    - intros q o s b d (_ & _ & ->). unfold slot_value, slot_raised_by. destruct (is_late o); simpl; unfold single, bucket, late; simpl.
      + now destruct (eq_dec q q).
      + now destruct (eq_dec (in_bucket o, q) (in_bucket o, q)).
    - intros q o s b d [[i |] q'] (_ & _ & ->) ne; unfold slot_value, slot_raised_by in *; destruct (is_late o); simpl; try easy;
        unfold single, bucket, late; simpl.
      + destruct (eq_dec (in_bucket o, q) (i, q')); [congruence | easy].
      + destruct (eq_dec q q'); [congruence | easy].
    - intros e ine. apply (i_event _ _ _ inv e). now apply (i_known _ _ _ inv r).
    - apply (i_known _ _ _ inv r).
  Qed.

  (** A bucket that is kept holds, of each replica, the sum of all its increments of that bucket that are known. *)
  Theorem kept_bucket_counts causal w r i q es :
    dropping_run causal w -> is_kept (mark (state w r)) i = true ->
    NoDup es -> (forall e, In e es <-> counted (known w r) e /\ slot_raised_by (by_whom e) (op e) = (Some i, q)) ->
    bucket (state w r) (i, q) = total (map (fun e => how_many (op e)) es).
  Proof.
    intros ran here once listed. rewrite <- (slot_of_known causal w r (Some i, q) es ran once listed).
    rewrite (windowed_state_is_known_deltas causal w r ran) in *. rewrite drop_mark in here.
    change ((if is_kept (mark (state_of (known w r))) i then bucket (state_of (known w r)) (i, q) else 0) =
            bucket (state_of (known w r)) (i, q)).
    now rewrite here.
  Qed.

  (** The count of a replica's late events is the sum of those that are known. *)
  Theorem late_events_count causal w r q es :
    dropping_run causal w ->
    NoDup es -> (forall e, In e es <-> counted (known w r) e /\ slot_raised_by (by_whom e) (op e) = (None, q)) ->
    late (state w r) q = total (map (fun e => how_many (op e)) es).
  Proof.
    intros ran once listed. rewrite <- (slot_of_known causal w r (None, q) es ran once listed).
    now rewrite (windowed_state_is_known_deltas causal w r ran).
  Qed.

  (** The watermark is that of the newest bucket that is not empty: one above it, and 0 if all buckets are empty. *)
  Theorem watermark_is_newest_bucket causal w r :
    dropping_run causal w ->
    (forall x, bucket (state w r) x <> 0 -> fst x < mark (state w r)) /\
    (mark (state w r) = 0 \/ exists q, bucket (state w r) (mark (state w r) - 1, q) <> 0).
  Proof.
    intros ran. rewrite (windowed_state_is_known_deltas causal w r ran).
    destruct (whole_run causal w ran) as (full & _). pose proof (reachable_invariant _ _ _ _ full) as inv.
    pose proof (i_known _ _ _ inv r) as hist. simpl in hist.
    assert (all : (forall x, bucket (state_of (known w r)) x <> 0 -> fst x < mark (state_of (known w r))) /\
                  (mark (state_of (known w r)) = 0 \/ exists q, bucket (state_of (known w r)) (mark (state_of (known w r)) - 1, q) <> 0)).
    { unfold state_of. induction (known w r) as [| e k IH]; [split; [easy | now left] |].
      destruct IH as [newest some]; [now apply incl_cons_inv in hist |].
      destruct (e_does _ _ _ _ (i_event _ _ _ inv e (hist e (or_introl eq_refl)))) as (pos & _ & eq).
      change (joins (map delta (e :: k))) with (delta e ⊔ joins (map delta k)). set (rest := joins (map delta k)) in *.
      assert (split_bucket : forall x, bucket (delta e ⊔ rest) x = N.max (bucket (delta e) x) (bucket rest x)) by reflexivity.
      assert (split_mark : mark (delta e ⊔ rest) = N.max (mark (delta e)) (mark rest)) by reflexivity.
      destruct (is_late (op e)).
      - assert (zero : forall x, bucket (delta e) x = 0) by (intros x; now rewrite eq).
        assert (none : mark (delta e) = 0) by now rewrite eq.
        rewrite split_mark, none, N.max_0_l. split.
        + intros x. rewrite split_bucket, zero, N.max_0_l. apply newest.
        + destruct some as [z | (q & more)]; [now left | right; exists q]. now rewrite split_bucket, zero, N.max_0_l.
      - assert (val : forall x, bucket (delta e) x <> 0 -> fst x = in_bucket (op e)).
        { intros x. rewrite eq. unfold bucket, single. simpl. destruct (eq_dec (in_bucket (op e), by_whom e) x) as [<- |]; easy. }
        assert (own : bucket (delta e) (in_bucket (op e), by_whom e) <> 0).
        { rewrite eq. unfold bucket at 1, single. simpl. destruct (eq_dec _ _) as [_ | ne]; [| easy]. lia. }
        assert (m : mark (delta e) = in_bucket (op e) + 1) by now rewrite eq.
        rewrite split_mark, m. split.
        + intros x nz. rewrite split_bucket in nz. destruct (N.eq_dec (bucket (delta e) x) 0) as [z | nz'].
          * assert (nz' : bucket rest x <> 0) by lia. specialize (newest x nz'). lia.
          * specialize (val x nz'). lia.
        + right. destruct (N.max_spec (in_bucket (op e) + 1) (mark rest)) as [[lt ->] | [le ->]].
          * destruct some as [z | (q & more)]; [lia |]. exists q. rewrite split_bucket. lia.
          * exists (by_whom e). rewrite split_bucket, N.add_sub. lia. }
    destruct all as [newest some]. rewrite drop_mark. split.
    - intros x nz. apply newest. intros z. apply nz. unfold drop, bucket at 1. simpl.
      destruct (is_kept _ _); [exact z | easy].
    - destruct some as [z | (q & more)]; [now left | right; exists q]. set (s := state_of (known w r)) in *.
      change ((if is_kept (mark s) (mark s - 1) then bucket s (mark s - 1, q) else 0) <> 0).
      assert (here : is_kept (mark s) (mark s - 1) = true) by (unfold is_kept; apply N.leb_le; lia).
      now rewrite here.
  Qed.
End Windowed.
