(** * The tagged chain: what its nodes do

    The counter [chain] keeps everything under one key of a sequentially consistent store. The key holds a _link_
    [{sum, last, tag}]: the sum, for each node the number of its last round that is in the sum, and a tag that is
    never used again. Every add and every read ends in a successful swap to a new link.

    This file says what nodes do, as rules that a run obeys ([obeys]); [ChainOrder.v] and [ChainCounter.v] prove
    from these rules, for every lawful order of every such run, that the counter is linearizable and that each
    round is carried out at most once, exactly once if it was answered. [ChainExample.v] shows a run that obeys
    all rules, [ChainRemedies.v] what becomes of two that are broken, [ChainClients.v] what clients see.

    - A node does one _round_ at a time. A round carries out requests that waited for it: adds and reads. All its
      reads get its result.
    - A round sends _attempts_: a swap from a link that the node has seen to [next], which has the attempt's
      [adds] in the sum, the round's number in [last], and a fresh tag. It may send any number of them, without
      knowing what became of the earlier ones; each may get lost, come late, or come twice. The one rule: an
      attempt starts from a link whose [last] for this node is below the round's number. (Attempts of a round
      need not carry the same adds: the program drops, for good, those that would overflow.)
    - A round is finished when an attempt was answered with success, or when the node has seen a link whose
      [last] for it has reached the round's number. Its result is the sum of that link.
    - It may be given up at any moment, with the verdict [Unknown]. It may be given up with the verdict [NotDone]
      only if each attempt is [refuted]: refused, and the node has afterwards seen the key without the round. (A
      refusal alone says nothing: it may be that of a second copy, the first having landed.)
    - A node that starts (again) has no number to count on from. It begins with a round that only _joins_: no
      number, no adds. Its first own round comes after a successful swap of that one, and counts on from the
      [last] in its link. A crash ends the round under way as [Unknown]. The rules know which [life] of a node a
      round belongs to; the program needs to know it only to keep tags fresh.

    Rust: [crates/quipu-node/src/nodes/chain/round.rs] ([extend] is the loop of attempts, [is_done] the look,
    [run] the join), [link.rs] ([Link::after] is [next]), [mod.rs] (one round at a time). Fresh tags are made
    there of node, boot number and a count.

    Left out: sums are unbounded integers here. Values that no node wrote are not considered, nor the write to an
    own key by which a node may catch up (other keys are free to be used in any way). Progress is no question
    here. *)

From Coq Require Import List String Arith ZArith Lia Bool.
From Quipu Require Import SeqStore.
Import ListNotations.

(** ** Links *)

Definition KEY : key := "chain"%string.

Record link := Link {
  sum : Z;
  last : list (nat * nat); (** node and number; the first entry of a node counts *)
  tag : nat
}.

(** What the store may hold under the key; [Null] stands for what a creating swap is sent with. *)
Inductive stored := Null | Stored (l : link).

Definition stored_eq : forall v w : stored, {v = w} + {v <> w}.
Proof. repeat decide equality. Defined.

Fixpoint find (node : nat) (entries : list (nat * nat)) : nat :=
  match entries with
  | [] => 0
  | (n, number) :: rest => if n =? node then number else find node rest
  end.

(** The number of the last round of [node] in the sum, 0 if there is none; no link is like a link of nothing. *)
Definition last_of (node : nat) (l : option link) : nat :=
  match l with Some l => find node (last l) | None => 0 end.

Definition sum_of (l : option link) : Z :=
  match l with Some l => sum l | None => 0%Z end.

(** ** Rounds and attempts *)

Inductive verdict :=
| Finished (result : Z) (** adds are acknowledged, reads answered with the result *)
| NotDone               (** clients are told that it did not happen and never will *)
| Unknown.              (** clients are told that nobody knows, or the node has crashed *)

Record round := Round {
  node : nat;
  life : nat;
  number : option nat; (** [None]: it only joins *)
  begun : time;
  ended : option (time * verdict)
}.

Record attempt := Attempt {
  serves : round;
  base : option link; (** [None]: there was no such key *)
  adds : Z;           (** the sum of the adds that it carries *)
  fresh : nat
}.

Definition next (a : attempt) : link :=
  let r := serves a in
  let before := match base a with Some l => last l | None => [] end in
  {| sum := sum_of (base a) + adds a;
     last := match number r with Some n => (node r, n) :: before | None => before end;
     tag := fresh a |}.

Definition swap_of (a : attempt) : operation stored :=
  match base a with
  | Some l => Swap KEY (Stored l) (Stored (next a)) false
  | None => Swap KEY Null (Stored (next a)) true
  end.

(** ** Histories *)

Record history := History {
  run : list (call stored);           (** all that was asked of the store *)
  rounds : list round;                (** all rounds of all nodes *)
  attempt_of : call stored -> attempt (** what a swap was sent for *)
}.

Section Rules.

  Variable h : history.

  (** The call is an attempt of a round. *)
  Definition tries (c : call stored) : Prop := In c (run h) /\ asked c = swap_of (attempt_of h c).

  Definition round_of (c : call stored) : round := serves (attempt_of h c).
  Definition from (c : call stored) : option link := base (attempt_of h c).
  Definition to (c : call stored) : link := next (attempt_of h c).

  (** A read of the key, answered at [t] with the link [l] or, for [None], that there is no such key. *)
  Definition saw (c : call stored) (t : time) (l : option link) : Prop :=
    In c (run h) /\ asked c = Read KEY /\
    answered c = Some (t, match l with Some l => Held (Stored l) | None => NoKey end).

  (** An attempt, answered at [t] with success. *)
  Definition succeeded (c : call stored) (t : time) : Prop := tries c /\ answered c = Some (t, Done).

  (** An attempt, answered at [t] with a refusal, of whatever kind. *)
  Definition refused (c : call stored) (t : time) : Prop :=
    tries c /\ (answered c = Some (t, Refused) \/ answered c = Some (t, NoKey)).

  (** Before [now], the node has seen the link [l], or has put it there. *)
  Definition knows (node : nat) (now : time) (l : link) : Prop :=
    exists c t, session c = node /\ t < now /\ (saw c t (Some l) \/ (succeeded c t /\ to c = l)).

  (** The attempt was refused, and afterwards its node has seen the key without its round. *)
  Definition refuted (c : call stored) : Prop :=
    exists n t1 look t2 l, number (round_of c) = Some n /\ refused c t1
      /\ session look = session c /\ t1 < sent look /\ saw look t2 l /\ last_of (session c) l < n.

  (** Round [q] had ended when [r] began. *)
  Definition earlier (q r : round) : Prop := exists t v, ended q = Some (t, v) /\ t < begun r.

  Record obeys : Prop := {
    (** Answers come after questions, and what is read was sent before. *)
    sane : plausible (run h);

    (** The key is only read, or swapped as here. *)
    touched : forall c, In c (run h) -> key_of (asked c) = KEY -> asked c = Read KEY \/ tries c;

    (** No tag is used twice. *)
    fresh_tags : forall c d, tries c -> tries d -> tag (to c) = tag (to d) -> c = d;

    (** An attempt is sent by the node whose round it serves, while the round lasts... *)
    sent_within : forall c, tries c ->
      In (round_of c) (rounds h) /\ session c = node (round_of c) /\ begun (round_of c) < sent c /\
      forall t v, ended (round_of c) = Some (t, v) -> sent c < t;

    (** ...from a link that the node knows... *)
    from_known : forall c l, tries c -> from c = Some l -> knows (session c) (sent c) l;

    (** ...and in which the round is not. *)
    from_without : forall c n, tries c -> number (round_of c) = Some n ->
      last_of (node (round_of c)) (from c) < n;

    (** Rounds of a node do not overlap, nor do its lives. *)
    one_by_one : forall q r, In q (rounds h) -> In r (rounds h) -> node q = node r ->
      q = r \/ earlier q r \/ earlier r q;
    life_by_life : forall q r, In q (rounds h) -> In r (rounds h) -> node q = node r ->
      earlier q r -> life q <= life r;

    (** Within a life, numbers grow. *)
    numbers_grow : forall q r m n, In q (rounds h) -> In r (rounds h) -> node q = node r -> life q = life r ->
      earlier q r -> number q = Some m -> number r = Some n -> m < n;

    (** A numbered round comes after a successful join of its life, and its number is above what was found there. *)
    joined : forall r n, In r (rounds h) -> number r = Some n ->
      exists c t, succeeded c t /\ number (round_of c) = None /\
        node (round_of c) = node r /\ life (round_of c) = life r /\ earlier (round_of c) r /\
        last_of (node r) (Some (to c)) < n;

    (** To join is to add nothing. *)
    join_adds_nothing : forall c, tries c -> number (round_of c) = None -> adds (attempt_of h c) = 0%Z;

    (** A round is finished by an attempt's success, or by the sight of a link that it is in. *)
    finish : forall r t s, In r (rounds h) -> ended r = Some (t, Finished s) ->
      (exists c t', succeeded c t' /\ round_of c = r /\ t' < t /\ sum (to c) = s) \/
      (exists n l, number r = Some n /\ knows (node r) t l /\ n <= last_of (node r) (Some l) /\ sum l = s);

    (** It is not done if each attempt was refuted. *)
    not_done : forall r t c, In r (rounds h) -> ended r = Some (t, NotDone) ->
      tries c -> round_of c = r -> refuted c
  }.

End Rules.
