(** * The executable twin of the replicated text

    What the tests of [crates/quipu-crdt/src/text] are compared with: a grow-only set of inserted characters, each with
    parent, side and right origin, and a grow-only set of deleted dots; both as lists in the order of their dots, so
    that equal states are equal lists. It follows [text/plain.rs] mutator for mutator: [insert] and [delete] return the
    delta, the new state is the join with it.

    The document is the characters whose parent and right origin are known, and theirs, and so on, sorted by their
    position as [FugueOrder.v] orders positions, less the deleted ones. The sort uses a shorter comparison that looks
    at ids first: two paths that go through one id have the same right origin there, so nothing needs comparing. That it
    gives the same order, and what else holds of these definitions, is proved in [RefineText.v]; here are no proofs.

    Left out: runs (an insertion of several characters is that of one after the other), offsets other than characters,
    errors (an index past the end is the end, and numbers have no largest one). *)

From Coq Require Import NArith List.
From Quipu Require Import FugueOrder.
Import ListNotations.
Set Implicit Arguments.

(** ** The state *)

Inductive side : Type :=
| LeftOf                                             (* stands before its parent *)
| RightOf (right_origin : option dot).               (* stands after its parent; [None] is the end of the text *)

(** A character, its parent ([None] is the beginning of the text) and its side. *)
Record node : Type := Node { char_of : N; parent_of : option dot; side_of : side }.

Record text : Type := Text { inserted : list (dot * node); deleted : list dot }.

Definition bottom : text := Text [] [].

Definition same_dot (x y : dot) : bool :=
  match compare_dot x y with Eq => true | _ => false end.

Definition same_place (x y : option dot) : bool :=
  match x, y with
  | None, None => true
  | Some x, Some y => same_dot x y
  | _, _ => false
  end.

Fixpoint has_dot (d : dot) (dots : list dot) : bool :=
  match dots with
  | [] => false
  | e :: rest => if same_dot d e then true else has_dot d rest
  end.

(** What a list of pairs says of a dot. *)
Fixpoint find {A : Type} (d : dot) (pairs : list (dot * A)) : option A :=
  match pairs with
  | [] => None
  | (e, a) :: rest => if same_dot d e then Some a else find d rest
  end.

(** Into its place in the order of dots; a dot that is there stays as it is. *)
Fixpoint put {A : Type} (d : dot) (a : A) (pairs : list (dot * A)) : list (dot * A) :=
  match pairs with
  | [] => [(d, a)]
  | (e, b) :: rest =>
      match compare_dot d e with
      | Lt => (d, a) :: (e, b) :: rest
      | Eq => (e, b) :: rest
      | Gt => (e, b) :: put d a rest
      end
  end.

Fixpoint put_dot (d : dot) (dots : list dot) : list dot :=
  match dots with
  | [] => [d]
  | e :: rest =>
      match compare_dot d e with
      | Lt => d :: e :: rest
      | Eq => e :: rest
      | Gt => e :: put_dot d rest
      end
  end.

Fixpoint put_all {A : Type} (pairs into : list (dot * A)) : list (dot * A) :=
  match pairs with
  | [] => into
  | (d, a) :: rest => put_all rest (put d a into)
  end.

Fixpoint put_dots (dots into : list dot) : list dot :=
  match dots with
  | [] => into
  | d :: rest => put_dots rest (put_dot d into)
  end.

Definition join (s t : text) : text :=
  Text (put_all (inserted t) (inserted s)) (put_dots (deleted t) (deleted s)).

(** ** Positions *)

(** The position of a character, if those of its parent and its right origin are known. *)
Definition position_of (known : list (dot * position)) (d : dot) (n : node) : option position :=
  match
    match parent_of n with
    | None => Some Here
    | Some p => find p known
    end
  with
  | None => None
  | Some parent =>
      match side_of n with
      | LeftOf => Some (left_child parent d)
      | RightOf None => Some (right_child parent None d)
      | RightOf (Some o) =>
          match find o known with
          | None => None
          | Some origin => Some (right_child parent (Some origin) d)
          end
      end
  end.

(** One pass over the characters that wait: those that still wait, and the known positions with the new ones. *)
Fixpoint pass (waiting : list (dot * node)) (known : list (dot * position))
  : list (dot * node) * list (dot * position) :=
  match waiting with
  | [] => ([], known)
  | (d, n) :: rest =>
      match position_of known d n with
      | Some p => pass rest ((d, p) :: known)
      | None => let (still, known) := pass rest known in ((d, n) :: still, known)
      end
  end.

(** As many passes as are allowed; as many as there are characters are enough. *)
Fixpoint passes (most : list (dot * node)) (waiting : list (dot * node)) (known : list (dot * position))
  : list (dot * position) :=
  match most, waiting with
  | [], _ => known
  | _, [] => known
  | _ :: most, _ => let (still, known) := pass waiting known in passes most still known
  end.

(** The characters that have a place, and their positions. *)
Definition placed (s : text) : list (dot * position) := passes (inserted s) (inserted s) [].

(** ** The order *)

(** [compare] of [FugueOrder.v] for two positions of one text: where the ids are the same, so are the right origins. *)
Fixpoint compare_ids (p q : position) : comparison :=
  match p, q with
  | Here, Here => Eq
  | Here, Left _ _ => Gt
  | Here, Right _ _ _ => Lt
  | Left _ _, Here => Lt
  | Left i p, Left j q =>
      match compare_dot i j with
      | Eq => compare_ids p q
      | other => other
      end
  | Left _ _, Right _ _ _ => Lt
  | Right _ _ _, Here => Gt
  | Right _ _ _, Left _ _ => Gt
  | Right o i p, Right o' j q =>
      match compare_dot i j with
      | Eq => compare_ids p q
      | by_id =>
          match
            match o, o' with
            | None, None => Eq
            | None, Some _ => Lt
            | Some _, None => Gt
            | Some x, Some y => CompOpp (compare_ids x y)
            end
          with
          | Eq => by_id
          | by_origin => by_origin
          end
      end
  end.

Fixpoint line_up (one : dot * position) (line : list (dot * position)) : list (dot * position) :=
  match line with
  | [] => [one]
  | next :: rest =>
      match compare_ids (snd one) (snd next) with
      | Gt => next :: line_up one rest
      | _ => one :: next :: rest
      end
  end.

Fixpoint sort (pairs : list (dot * position)) : list (dot * position) :=
  match pairs with
  | [] => []
  | one :: rest => line_up one (sort rest)
  end.

Fixpoint dots_of {A : Type} (pairs : list (dot * A)) : list dot :=
  match pairs with
  | [] => []
  | (d, _) :: rest => d :: dots_of rest
  end.

(** All characters that have a place, deleted ones too, in order. *)
Definition order (s : text) : list dot := dots_of (sort (placed s)).

Fixpoint without (gone dots : list dot) : list dot :=
  match dots with
  | [] => []
  | d :: rest => if has_dot d gone then without gone rest else d :: without gone rest
  end.

(** The visible characters in order, by their dots. *)
Definition visible (s : text) : list dot := without (deleted s) (order s).

Fixpoint chars (nodes : list (dot * node)) (dots : list dot) : list N :=
  match dots with
  | [] => []
  | d :: rest =>
      match find d nodes with
      | Some n => char_of n :: chars nodes rest
      | None => chars nodes rest
      end
  end.

(** The visible text. *)
Definition document (s : text) : list N := chars (inserted s) (visible s).

(** ** Edits: each returns its delta *)

(** The last of the first [index] of a list. *)
Fixpoint last_of (index : nat) (dots : list dot) : option dot :=
  match index, dots with
  | O, _ => None
  | _, [] => None
  | S index, d :: rest =>
      match last_of index rest with
      | None => Some d
      | found => found
      end
  end.

Fixpoint next_after (d : dot) (dots : list dot) : option dot :=
  match dots with
  | [] => None
  | e :: rest =>
      if same_dot d e
      then match rest with [] => None | next :: _ => Some next end
      else next_after d rest
  end.

(** The character right after a place, deleted ones too. *)
Definition right_of (left : option dot) (order : list dot) : option dot :=
  match left with
  | Some d => next_after d order
  | None => match order with [] => None | first :: _ => Some first end
  end.

Definition is_right_child (parent : option dot) (n : node) : bool :=
  match side_of n with
  | LeftOf => false
  | RightOf _ => same_place (parent_of n) parent
  end.

(** Whether one of the characters that have a place is a right child of [parent]. *)
Fixpoint has_right_child (nodes : list (dot * node)) (parent : option dot) (order : list dot) : bool :=
  match order with
  | [] => false
  | d :: rest =>
      match find d nodes with
      | Some n => if is_right_child parent n then true else has_right_child nodes parent rest
      | None => has_right_child nodes parent rest
      end
  end.

(** The highest number of a replica among some dots. *)
Fixpoint highest (replica : N) (dots : list dot) : N :=
  match dots with
  | [] => 0%N
  | (r, n) :: rest => if N.eqb r replica then N.max n (highest replica rest) else highest replica rest
  end.

Definition next_dot (s : text) (replica : N) : dot :=
  (replica, N.succ (N.max (highest replica (dots_of (inserted s))) (highest replica (deleted s)))).

(** Where a new character between two neighbours hangs: to the right of the left one, unless something does already;
    then to the left of the right one. *)
Definition new_node (s : text) (order : list dot) (left : option dot) (char : N) : node :=
  let right := right_of left order in
  if has_right_child (inserted s) left order
  then Node char right LeftOf
  else Node char left (RightOf right).

(** Inserts one character after [index] visible ones, or at the end if there are fewer. *)
Definition insert (s : text) (replica : N) (index : nat) (char : N) : text :=
  let order := order s in
  let left := last_of index (without (deleted s) order) in
  Text [(next_dot s replica, new_node s order left char)] [].

(** Inserts several, one after the other; the delta is the join of theirs. *)
Fixpoint insert_all (s : text) (replica : N) (index : nat) (chars : list N) : text :=
  match chars with
  | [] => bottom
  | char :: rest =>
      let delta := insert s replica index char in
      join delta (insert_all (join s delta) replica (S index) rest)
  end.

Fixpoint skip (count : nat) (dots : list dot) : list dot :=
  match count, dots with
  | O, _ => dots
  | _, [] => []
  | S count, _ :: rest => skip count rest
  end.

Fixpoint take (count : nat) (dots : list dot) : list dot :=
  match count, dots with
  | O, _ => []
  | _, [] => []
  | S count, d :: rest => d :: take count rest
  end.

(** Deletes [count] visible characters from [index] on, as many as there are. *)
Definition delete (s : text) (index count : nat) : text :=
  Text [] (put_dots (take count (skip index (visible s))) []).
