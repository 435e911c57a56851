(** * Explicit executions of the machine of Crash.v

    A story is a list of steps that is run by a function, so that a counterexample is a list to read and its end is
    computed. [tell] shows that what it runs is an execution in the sense of Crash.v ([told_is_reachable]), for types
    that say by a function which delta a command makes. Nothing here is trusted: a wrong function would have no proof.
    *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash.
Import ListNotations.

Inductive happening (command : Type) :=
| Do (n : node) (c : command)          (** a change: its record and its acknowledgement go to the outbox *)
| Tell (n : node)                      (** gossip goes to the outbox: all of the state that may be sent *)
| Next (n : node)                      (** the first effect in the outbox is carried out *)
| Hasty (n : node) (k : nat)           (** the effect at place [k] is carried out before those ahead of it: against rule A *)
| Hear (n : node) (k : nat)            (** the message at place [k] of the network, the newest at 0, is received *)
| Keep (n : node)                      (** a backup is made *)
| Comes_back (n : node)                (** a crash, and a start with what is on the disk, under the old incarnation *)
| Comes_back_empty (n : node)          (** the disk is lost *)
| Comes_back_old (n : node) (k : nat). (** the disk is replaced by the backup at place [k], the newest at 0 *)

Arguments Do {_}.
Arguments Tell {_}.
Arguments Next {_}.
Arguments Hasty {_}.
Arguments Hear {_}.
Arguments Keep {_}.
Arguments Comes_back {_}.
Arguments Comes_back_empty {_}.
Arguments Comes_back_old {_}.

Section Stories.
Context {T : datatype}.
(** The delta that a command makes, if it is permitted. *)
Variable deliver : replica -> command T -> state T -> option (state T).
Hypothesis delivered : forall r c s d, deliver r c s = Some d -> makes r c s d.
(** What a node sends of its state, if it may. *)
Variable message : state T -> option (state T).
Hypothesis sendable : forall s m, message s = Some m -> part m s.

Definition come_back (w : world T) n (f : fault T) : world T := restart w n f (names (machines w n)).

(** The world after one step; [None] if it cannot happen. *)
Definition happens (R : rules) (w : world T) (a : happening (command T)) : option (world T) :=
  match a with
  | Do n c => match names (machines w n) with
              | i :: _ => match deliver (n, i) c (volatile (machines w n)) with
                          | Some d => Some (change w n i c d bottom)
                          | None => None
                          end
              | [] => None
              end
  | Tell n => match message (volatile (machines w n)) with Some m => Some (gossip w n m) | None => None end
  | Next n => match outbox (machines w n) with
              | e :: rest => Some (carry_out w n e rest)
              | [] => None
              end
  | Hasty n k => match durable_first R, nth_error (outbox (machines w n)) k with
                 | false, Some e => Some (carry_out w n e
                     (firstn k (outbox (machines w n)) ++ skipn (S k) (outbox (machines w n))))
                 | _, _ => None
                 end
  | Hear n k => match nth_error (network w) k with Some m => Some (receive w n m) | None => None end
  | Keep n => Some (backup w n)
  | Comes_back n => if incarnations R then None else Some (come_back w n Crash)
  | Comes_back_empty n => if incarnations R then None else Some (come_back w n Amnesia)
  | Comes_back_old n k => match incarnations R, nth_error (shelf w) k with
                          | false, Some b => Some (come_back w n (Restore b))
                          | _, _ => None
                          end
  end.

Fixpoint tell (R : rules) (w : world T) (story : list (happening (command T))) : option (world T) :=
  match story with
  | [] => Some w
  | a :: story => match happens R w a with Some w' => tell R w' story | None => None end
  end.

Lemma nth_error_parts : forall {A} (l : list A) k x, nth_error l k = Some x -> l = firstn k l ++ x :: skipn (S k) l.
Proof.
  induction l as [|y l IH]; intros [|k] x H; cbn in *; try discriminate; [congruence|]. f_equal. now apply IH.
Qed.

Lemma happening_is_step : forall R w a w', happens R w a = Some w' -> step R w w'.
Proof.
  intros R w a w' H; destruct a; cbn in H.
  - destruct (names (machines w n)) as [|i l] eqn:En; [discriminate|].
    destruct (deliver _ _ _) eqn:E; [|discriminate]. injection H as <-.
    apply step_change; [rewrite En; now left | now apply delivered | now left].
  - destruct (message _) eqn:E; [|discriminate]. injection H as <-. apply step_gossip. now apply sendable.
  - destruct (outbox (machines w n)) eqn:E; [discriminate|]. injection H as <-. now apply step_carry_out with (earlier := []).
  - destruct (durable_first R) eqn:ER; [discriminate|].
    destruct (nth_error _ _) eqn:E; [|discriminate]. injection H as <-.
    apply step_carry_out; [now apply nth_error_parts | congruence].
  - destruct (nth_error _ _) eqn:E; [|discriminate]. injection H as <-. apply step_receive. eapply nth_error_In; eassumption.
  - injection H as <-. apply step_backup.
  - destruct (incarnations R) eqn:E; [discriminate|]. injection H as <-. apply step_restart; [discriminate|].
    intros i Hi. right. split; [exact Hi | congruence].
  - destruct (incarnations R) eqn:E; [discriminate|]. injection H as <-. apply step_restart; [discriminate|].
    intros i Hi. right. split; [exact Hi | congruence].
  - destruct (incarnations R) eqn:E; [discriminate|]. destruct (nth_error _ _) eqn:Es; [|discriminate].
    injection H as <-. apply step_restart.
    + intros b [= <-]. eapply nth_error_In; eassumption.
    + intros i Hi. right. split; [exact Hi | congruence].
Qed.

Lemma told_is_reachable : forall R story w w', reachable R w -> tell R w story = Some w' -> reachable R w'.
Proof.
  induction story as [|a story IH]; intros w w' H E; cbn in E; [congruence|].
  destruct (happens R w a) eqn:Ea; [|discriminate]. eapply IH; [|exact E].
  eapply reach_step; [exact H | eapply happening_is_step; exact Ea].
Qed.

(** The world at the end of a story; the start, if some step of it cannot happen. *)
Definition end_of (R : rules) (story : list (happening (command T))) : world T :=
  match tell R start story with Some w => w | None => start end.

Lemma the_end_is_reachable : forall R story, reachable R (end_of R story).
Proof.
  intros R story; unfold end_of. destruct (tell R start story) eqn:E; [|constructor].
  eapply told_is_reachable; [constructor | exact E].
Qed.
End Stories.
