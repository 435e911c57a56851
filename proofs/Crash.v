(** * Nodes that crash, forget and come back: the machine

    What is modelled. A node has a state in memory, a disk and an outbox. A change of its state appends to the outbox:
    first the record to be made durable, then the acknowledgement. Gossip appends a message. The outbox is carried out
    from its head, one effect at a time: _order is meaning_, so what stands behind a record happens only once that
    record is durable. A crash drops memory and outbox: the unsynced tail, and all that waited for it.

    What can go wrong. A message never leaves the network: whoever may receive it can receive it never, twice, late,
    or in another order, so this one choice covers loss, duplication, delay, reordering and partitions. A node may
    - crash: its disk is as it was;
    - lose its disk (amnesia);
    - come back with a backup: any earlier content of any disk, that of another node included (a cloned machine).

    The two rules, each of which can be switched off:
    - [durable_first], rule A: the outbox is carried out in order. Without it effects are carried out in any order.
    - [incarnations], rule B: a node comes back under an incarnation it never had before. It may go on with those it
      had only if nothing was lost: the disk is as it was, and no record waited in the outbox. Without it a node may
      go on with them always.

    A node may have several names at a time ([names]): it may start under a new one and go on with the rows of earlier
    lives, as the bounded counter does ([inherit]).

    What is assumed. A new incarnation is _fresh_: no other life of that node ever had it ([may_come_back]). A real
    node draws 63 random bits at each start (crates/quipu-node/src/node.rs, [Identity::boot]); that no two draws are
    equal is an assumption about chance, and the only one here. A disk is written record by record and each is there
    wholly or not at all; what was synced is what is read, unless it is destroyed or replaced.

    Any replicated type can be put in ([datatype]). What is proved here holds for every one whose states form a
    semilattice: a node knows, and finds on its disk, all that its present lives have changed; an acknowledged change
    is on the disk of its node, or on a disk that was destroyed. CrashDots.v, CrashRows.v and CrashCounter.v say what
    follows for dots, for types made of one row per replica, and for counters. CrashCounterexamples.v shows what
    happens without the rules.

    Rust: crates/quipu-node/src/nodes/replica.rs (records before replies), crates/quipu-node/src/gossip/ (messages),
    crates/quipu-sim/src/disk.rs (effects wait for records), crates/quipu-crdt/src/replica_id.rs (incarnations).

    Left out: torn and rotten records (the checksum's business), liveness (that anything is ever carried out or
    received). *)

From Coq Require Import List Arith Lia.
Import ListNotations.

Definition node := nat.

(** A replica: a node, in one of its lives. *)
Definition replica : Type := node * nat.

Lemma replica_dec : forall a b : replica, {a = b} + {a <> b}.
Proof. repeat decide equality. Defined.

(** A replicated data type, as a node sees it. *)
Record datatype := Datatype {
  state : Type;
  command : Type;
  bottom : state;
  join : state -> state -> state;
  (** [makes r c s d]: in state [s] the replica [r] may carry out [c], and [d] is the delta that comes of it. *)
  makes : replica -> command -> state -> state -> Prop;
  (** [part m s]: who has the state [s] may send [m]: all of it, or a delta. A delta that waits in a buffer before it
      is sent, alone or joined with others, is one that was sent at once and comes late. *)
  part : state -> state -> Prop
}.

Arguments bottom {_}.
Arguments join {_}.
Arguments makes {_}.
Arguments part {_}.

(** The states form a semilattice. *)
Record semilattice (T : datatype) : Prop := Semilattice {
  join_comm : forall a b : state T, join a b = join b a;
  join_assoc : forall a b c : state T, join (join a b) c = join a (join b c);
  join_idem : forall a : state T, join a a = a;
  join_bottom : forall a : state T, join bottom a = a
}.

(** [s] holds all that [d] says. *)
Definition includes {T} (s d : state T) : Prop := join s d = s.

Definition joined {T} (l : list (state T)) : state T := fold_right join bottom l.

(** One change, with the state that it was made in; what is made of it is its delta. *)
Record operation (T : datatype) := Operation {
  made_by : replica;
  what : command T;
  before : state T;
  delta : state T
}.

Arguments Operation {_}.
Arguments made_by {_}.
Arguments what {_}.
Arguments before {_}.
Arguments delta {_}.

Inductive effect (T : datatype) :=
| Persist (record : state T)
| Acknowledge (o : operation T)
| Send (m : state T).

Arguments Persist {_}.
Arguments Acknowledge {_}.
Arguments Send {_}.

Record machine (T : datatype) := Machine {
  names : list nat;           (** the incarnations in whose name it makes changes *)
  volatile : state T;
  disk : list (state T);
  outbox : list (effect T)
}.

Arguments Machine {_}.
Arguments names {_}.
Arguments volatile {_}.
Arguments disk {_}.
Arguments outbox {_}.

(** The last four are not known to any node: they are what the theorems speak of. *)
Record world (T : datatype) := World {
  machines : node -> machine T;
  network : list (state T);
  shelf : list (list (state T));        (** backups *)
  used : replica -> Prop;               (** who has ever lived *)
  history : list (operation T);         (** all changes ever made, the newest first *)
  acknowledged : list (operation T);
  destroyed : list (list (state T))     (** disks that were lost or replaced *)
}.

Arguments World {_}.
Arguments machines {_}.
Arguments network {_}.
Arguments shelf {_}.
Arguments used {_}.
Arguments history {_}.
Arguments acknowledged {_}.
Arguments destroyed {_}.

Inductive fault (T : datatype) := Crash | Amnesia | Restore (backup : list (state T)).

Arguments Crash {_}.
Arguments Amnesia {_}.
Arguments Restore {_}.

Record rules := Rules { incarnations : bool; durable_first : bool }.

Definition both_rules := Rules true true.

(** Nodes keep to the order of effects, but go on under their old incarnation. *)
Definition no_incarnations := Rules false true.

(** Neither rule. *)
Definition no_rules := Rules false false.

(** ** What a step does *)
Section Steps.
Context {T : datatype}.
Implicit Types (w : world T) (n : node).

Definition put n (m : machine T) (f : node -> machine T) : node -> machine T :=
  fun k => if Nat.eq_dec k n then m else f k.

(** The node [n] makes changes in the name of [r]. *)
Definition speaks_for w n (r : replica) : Prop := fst r = n /\ In (snd r) (names (machines w n)).

Definition start : world T :=
  World (fun _ => Machine [0] bottom [] []) [] [] (fun r => snd r = 0) [] [] [].

Definition operation_of w n (i : nat) (c : command T) (d : state T) : operation T :=
  Operation (n, i) c (volatile (machines w n)) d.

(** A change in the name of incarnation [i]: the record is the delta, or the delta with some of what was known before
    ([ground]). *)
Definition change w n i c d (ground : state T) : world T :=
  let m := machines w n in
  let o := operation_of w n i c d in
  let effects := [Persist (join ground d); Acknowledge o] in
  World (put n (Machine (names m) (join (volatile m) d) (disk m) (outbox m ++ effects)) (machines w))
    (network w) (shelf w) (used w) (o :: history w) (acknowledged w) (destroyed w).

Definition gossip w n (sent : state T) : world T :=
  let m := machines w n in
  World (put n (Machine (names m) (volatile m) (disk m) (outbox m ++ [Send sent])) (machines w))
    (network w) (shelf w) (used w) (history w) (acknowledged w) (destroyed w).

(** Carries out one effect; [rest] is what the outbox holds then. *)
Definition carry_out w n (e : effect T) (rest : list (effect T)) : world T :=
  let m := machines w n in
  let disk_now := match e with Persist record => disk m ++ [record] | _ => disk m end in
  World (put n (Machine (names m) (volatile m) disk_now rest) (machines w))
    (match e with Send sent => sent :: network w | _ => network w end)
    (shelf w) (used w) (history w)
    (match e with Acknowledge o => o :: acknowledged w | _ => acknowledged w end)
    (destroyed w).

Definition receive w n (sent : state T) : world T :=
  let m := machines w n in
  World (put n (Machine (names m) (join (volatile m) sent) (disk m) (outbox m)) (machines w))
    (network w) (shelf w) (used w) (history w) (acknowledged w) (destroyed w).

Definition backup w n : world T :=
  World (machines w) (network w) (disk (machines w n) :: shelf w) (used w) (history w) (acknowledged w) (destroyed w).

Definition disk_after (f : fault T) (d : list (state T)) : list (state T) :=
  match f with Crash => d | Amnesia => [] | Restore b => b end.

Definition destroyed_by (f : fault T) (d : list (state T)) : list (list (state T)) :=
  match f with Crash => [] | _ => [d] end.

(** Memory and outbox are lost; the state is what the disk still holds. *)
Definition restart w n (f : fault T) (l : list nat) : world T :=
  let d := disk (machines w n) in
  World (put n (Machine l (joined (disk_after f d)) (disk_after f d) []) (machines w))
    (network w) (shelf w) (fun r => used w r \/ (fst r = n /\ In (snd r) l)) (history w) (acknowledged w)
    (destroyed_by f d ++ destroyed w).

(** Nothing was lost: the disk is as it was, and no record waited for it. *)
Definition nothing_lost w n (f : fault T) : Prop := f = Crash /\ forall record, ~ In (Persist record) (outbox (machines w n)).

(** Under which incarnations a node may come back: new ones, and old ones of its own. *)
Definition may_come_back (R : rules) w n (f : fault T) (l : list nat) : Prop :=
  forall i, In i l -> ~ used w (n, i) \/ (In i (names (machines w n)) /\ (incarnations R = true -> nothing_lost w n f)).

Inductive step (R : rules) w : world T -> Prop :=
| step_change : forall n i c d ground,
    In i (names (machines w n)) ->
    makes (n, i) c (volatile (machines w n)) d ->
    ground = bottom \/ part ground (volatile (machines w n)) ->
    step R w (change w n i c d ground)
| step_gossip : forall n sent,
    part sent (volatile (machines w n)) ->
    step R w (gossip w n sent)
| step_carry_out : forall n earlier e later,
    outbox (machines w n) = earlier ++ e :: later ->
    (durable_first R = true -> earlier = []) ->
    step R w (carry_out w n e (earlier ++ later))
| step_receive : forall n sent,
    In sent (network w) ->
    step R w (receive w n sent)
| step_backup : forall n,
    step R w (backup w n)
| step_restart : forall n f l,
    (forall b, f = Restore b -> In b (shelf w)) ->
    may_come_back R w n f l ->
    step R w (restart w n f l).

Inductive reachable (R : rules) : world T -> Prop :=
| reach_start : reachable R start
| reach_step : forall w w', reachable R w -> step R w w' -> reachable R w'.

(** ** Where states are *)

Definition content (e : effect T) : list (state T) :=
  match e with Persist s | Send s => [s] | Acknowledge _ => [] end.

(** [held w s]: the state [s] is held somewhere: in memory, on its way, on a disk, on a shelf; or was, on a disk now
    destroyed. *)
Inductive held w (s : state T) : Prop :=
| held_in_memory : forall n, s = volatile (machines w n) -> held w s
| held_on_disk : forall n, In s (disk (machines w n)) -> held w s
| held_in_outbox : forall n e, In e (outbox (machines w n)) -> In s (content e) -> held w s
| held_in_network : In s (network w) -> held w s
| held_on_shelf : forall b, In b (shelf w) -> In s b -> held w s
| held_once : forall d, In d (destroyed w) -> In s d -> held w s.

(** What can come of these by joining. *)
Inductive obtainable w : state T -> Prop :=
| obtain_bottom : obtainable w bottom
| obtain_held : forall s, held w s -> obtainable w s
| obtain_join : forall a b, obtainable w a -> obtainable w b -> obtainable w (join a b).

Lemma obtainable_joined : forall w l, (forall s, In s l -> obtainable w s) -> obtainable w (joined l).
Proof.
  intros w; induction l as [|a l IH]; intros H; cbn; [constructor|].
  apply obtain_join; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

Lemma put_same : forall n m f, put n m f n = m.
Proof. intros; unfold put; destruct (Nat.eq_dec n n); congruence. Qed.

Lemma put_other : forall n m f k, k <> n -> put n m f k = f k.
Proof. intros; unfold put; destruct (Nat.eq_dec k n); congruence. Qed.

(** ** Order of knowledge *)
Section Order.
Hypothesis L : semilattice T.

Lemma includes_refl : forall s : state T, includes s s.
Proof. intros; apply (join_idem _ L). Qed.

Lemma includes_trans : forall a b c : state T, includes a b -> includes b c -> includes a c.
Proof. unfold includes; intros a b c H1 H2. rewrite <- H1 at 1. now rewrite (join_assoc _ L), H2. Qed.

Lemma includes_left : forall a b : state T, includes (join a b) a.
Proof. unfold includes; intros. now rewrite (join_comm _ L), <- (join_assoc _ L), (join_idem _ L). Qed.

Lemma includes_right : forall a b : state T, includes (join a b) b.
Proof. unfold includes; intros. now rewrite (join_assoc _ L), (join_idem _ L). Qed.

Lemma joined_includes : forall (l : list (state T)) s, In s l -> includes (joined l) s.
Proof.
  induction l as [|a l IH]; intros s H; [contradiction|]. destruct H as [->|H]; cbn.
  - apply includes_left.
  - eapply includes_trans; [apply includes_right | now apply IH].
Qed.

Lemma includes_join : forall a b c : state T, includes a b -> includes a c -> includes a (join b c).
Proof. unfold includes; intros a b c H1 H2. now rewrite <- (join_assoc _ L), H1. Qed.

Lemma joined_least : forall (l : list (state T)) s, (forall x, In x l -> includes s x) -> includes s (joined l).
Proof.
  induction l as [|a l IH]; intros s H; cbn.
  - unfold includes. now rewrite (join_comm _ L), (join_bottom _ L).
  - apply includes_join; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

Lemma joined_incl : forall l l' : list (state T), incl l l' -> includes (joined l') (joined l).
Proof. intros l l' H. apply joined_least. intros; apply joined_includes; auto. Qed.
End Order.
End Steps.
