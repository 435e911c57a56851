(** * A run of the chain that obeys all rules

    The rules of [Chain.v] are not empty: this run obeys them, with a lawful order, and in it much goes wrong.
    Node 1 joins and adds 5; the answer of its first attempt is lost, a look shows the past, a second attempt is
    refused, a second look shows the add done. Node 2 joins, is shown the past and refused, and joins at the
    second try. Node 1 reads. Node 2 is refused when it adds 7, sees that the add is not there, and gives up: not
    done. Then it reads 5. In the end the network delivers the first attempt once more. *)

From Coq Require Import List String Arith ZArith Lia.
From Quipu Require Import SeqStore Chain ChainOrder ChainClients.
Import ListNotations.

Definition join_1 := Round 1 0 None 1 (Some (4, Finished 0)).
Definition add_5 := Round 1 0 (Some 1) 5 (Some (15, Finished 5)).
Definition join_2 := Round 2 0 None 16 (Some (26, Finished 5)).
Definition read_1 := Round 1 0 (Some 2) 27 (Some (32, Finished 5)).
Definition add_7 := Round 2 0 (Some 1) 32 (Some (37, NotDone)).
Definition read_2 := Round 2 0 (Some 2) 38 (Some (41, Finished 5)).

Definition link_1 := Link 0 [] 1.
Definition link_2 := Link 5 [(1, 1)] 2.
Definition link_5 := Link 5 [(1, 1)] 5.
Definition link_6 := Link 5 [(1, 2); (1, 1)] 6.

(** The attempts, by the time of their sending. *)
Definition plan (t : time) : attempt :=
  match t with
  | 2 => Attempt join_1 None 0 1
  | 6 => Attempt add_5 (Some link_1) 5 2
  | 9 => Attempt add_5 (Some link_1) 5 3
  | 19 => Attempt join_2 (Some link_1) 0 4
  | 24 => Attempt join_2 (Some link_2) 0 5
  | 30 => Attempt read_1 (Some link_5) 0 6
  | 33 => Attempt add_7 (Some link_5) 7 7
  | 39 => Attempt read_2 (Some link_6) 0 8
  | _ => Attempt join_1 None 0 0
  end.

Definition try (node t : nat) (a : option (time * answer stored)) : call stored :=
  Call node t (swap_of (plan t)) a.
Definition look (node t t' : nat) (l : link) : call stored :=
  Call node t (Read KEY) (Some (t', Held (Stored l))).

Definition c2 := try 1 2 (Some (3, Done)).
Definition c6 := try 1 6 None.
Definition c7 := look 1 7 8 link_1.
Definition c9 := try 1 9 (Some (10, Refused)).
Definition c11 := look 1 11 12 link_2.
Definition c17 := look 2 17 18 link_1.
Definition c19 := try 2 19 (Some (20, Refused)).
Definition c21 := look 2 21 22 link_2.
Definition c24 := try 2 24 (Some (25, Done)).
Definition c28 := look 1 28 29 link_5.
Definition c30 := try 1 30 (Some (31, Done)).
Definition c33 := try 2 33 (Some (34, Refused)).
Definition c35 := look 2 35 36 link_6.
Definition c39 := try 2 39 (Some (40, Done)).

Definition calls := [c2; c6; c7; c9; c11; c17; c19; c21; c24; c28; c30; c33; c35; c39].

Definition example := History calls [join_1; add_5; join_2; read_1; add_7; read_2] (fun c => plan (sent c)).

Definition example_order :=
  [Heard c2; Heard c7; Heard c17; Unheard c6; Heard c9; Heard c11; Heard c19; Heard c21; Heard c24; Heard c28;
   Heard c30; Heard c33; Heard c35; Heard c39; Unheard c6].

Ltac each H := repeat match type of H with
  | _ = _ \/ _ => destruct H as [<-|H]
  | False => destruct H
  end.

(** An attempt is one of these. *)
Lemma tries_cases : forall c, tries example c -> In c [c2; c6; c9; c19; c24; c30; c33; c39].
Proof.
  intros c [I A]. unfold example, calls in I. simpl in I. each I; simpl; auto 20; discriminate A.
Qed.

Lemma succeeded_2 : succeeded example c2 3. Proof. repeat split. simpl. auto. Qed.
Lemma succeeded_24 : succeeded example c24 25. Proof. repeat split. simpl. auto 20. Qed.
Lemma succeeded_30 : succeeded example c30 31. Proof. repeat split. simpl. auto 20. Qed.
Lemma succeeded_39 : succeeded example c39 40. Proof. repeat split. simpl. auto 20. Qed.

(** The rules can be obeyed: this run does, and there is a lawful order of it. *)
Theorem example_obeys : obeys example /\ lawful stored_eq (run example) example_order.
Proof.
  split; [|apply check_sound; vm_compute; reflexivity].
  split.
  - split.
    + intros c t a I E. simpl in I. each I; simpl in E; (discriminate || (injection E as <- <-; simpl; lia)).
    + intros c k t v I A E. simpl in I.
      each I; simpl in A; try discriminate A; injection A as <-; simpl in E; injection E as <- <-.
      * exists c2. simpl. auto 10 with arith.
      * exists c6. simpl. auto 20 with arith.
      * exists c2. simpl. auto 20 with arith.
      * exists c6. simpl. auto 20 with arith.
      * exists c24. simpl. intuition lia.
      * exists c30. simpl. intuition lia.
  - intros c I K. unfold tries. simpl in I. each I; auto; right; split; simpl; auto 20.
  - intros c d C D E. apply tries_cases in C. apply tries_cases in D. simpl in C, D.
    each C; each D; reflexivity || discriminate E.
  - intros c C. apply tries_cases in C. simpl in C.
    each C; simpl; repeat split; auto 20; try lia; intros t v E; injection E as <- <-; lia.
  - intros c l C E. apply tries_cases in C. simpl in C. unfold from in E.
    each C; simpl in E; try discriminate E; injection E as <-.
    + exists c2, 3. simpl. split; [auto|]. split; [lia|]. right. split; [exact succeeded_2|reflexivity].
    + exists c7, 8. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
    + exists c17, 18. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
    + exists c21, 22. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
    + exists c28, 29. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
    + exists c24, 25. simpl. split; [auto|]. split; [lia|]. right. split; [exact succeeded_24|reflexivity].
    + exists c35, 36. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
  - intros c n C E. apply tries_cases in C. simpl in C. unfold round_of, from in *.
    each C; simpl in E; try discriminate E; injection E as <-; simpl; lia.
  - intros q r Q R E. simpl in Q, R.
    each Q; each R; simpl in E; try discriminate E; auto;
      unfold earlier; simpl; right; solve [left; do 2 eexists; (split; [reflexivity|lia])
                                          | right; do 2 eexists; (split; [reflexivity|lia])].
  - intros q r Q R _ _. simpl in Q, R. each Q; each R; simpl; lia.
  - intros q r m n Q R E _ (t & v & T & LT) M N. simpl in Q, R.
    each Q; each R; simpl in *; try discriminate; injection T as <- <-; injection M as <-; injection N as <-; lia.
  - intros r n R N. simpl in R. each R; simpl in N; try discriminate N; injection N as <-.
    1, 2: exists c2, 3; split; [exact succeeded_2|]; do 3 (split; [reflexivity|]);
      split; [exists 4, (Finished 0); split; [reflexivity|simpl; lia]|unfold last_of; simpl; lia].
    1, 2: exists c24, 25; split; [exact succeeded_24|]; do 3 (split; [reflexivity|]);
      split; [exists 26, (Finished 5); split; [reflexivity|simpl; lia]|unfold last_of; simpl; lia].
  - intros c C N. apply tries_cases in C. simpl in C. unfold round_of in N.
    each C; simpl in *; (reflexivity || discriminate).
  - intros r t s R E. simpl in R. each R; simpl in E; try discriminate E; injection E as <- <-.
    + left. exists c2, 3. split; [exact succeeded_2|]. simpl. auto.
    + right. exists 1, link_2. split; [reflexivity|]. split; [|unfold last_of; simpl; auto].
      exists c11, 12. simpl. split; [auto|]. split; [lia|]. left. repeat split. simpl. auto 20.
    + left. exists c24, 25. split; [exact succeeded_24|]. simpl. auto.
    + left. exists c30, 31. split; [exact succeeded_30|]. simpl. auto.
    + left. exists c39, 40. split; [exact succeeded_39|]. simpl. auto.
  - intros r t c R E C RC. simpl in R. each R; simpl in E; try discriminate E.
    apply tries_cases in C. simpl in C. each C; try discriminate RC.
    exists 1, 34, c35, 36, (Some link_6). repeat split; simpl; auto 20; unfold last_of; simpl; lia.
Qed.

(** The requests of four clients. *)
Definition requests :=
  [Request 1 (Add 5) 4 (Some (16, Success 0)); Request 2 Get 26 (Some (33, Success 5));
   Request 3 (Add 7) 31 (Some (38, Never)); Request 4 Get 37 (Some (42, Success 5))].

Definition carries (c : call stored) (o : request) : bool :=
  match sent c, name o with
  | 6, 1 | 9, 1 | 30, 2 | 33, 3 | 39, 4 => true
  | _, _ => false
  end.

(** The clients of this run are answered as [clients_see_one_counter] assumes, one of them with [Never]. *)
Theorem example_batched : batched example carries requests.
Proof.
  split.
  - repeat constructor; simpl; intuition discriminate.
  - intros c o C I E. apply tries_cases in C. simpl in C, I.
    each C; each I; simpl in E; try discriminate E; (split; [discriminate|simpl; lia]).
  - intros c C. apply tries_cases in C. simpl in C. each C; reflexivity.
  - intros o t v I E. simpl in I. each I; simpl in E; try discriminate E; injection E as <- <-.
    + exists add_5, 1, 15, 5%Z. simpl. repeat split; auto; try lia. intros c C RC. apply tries_cases in C.
      simpl in C. each C; reflexivity || discriminate RC.
    + exists read_1, 2, 32, 5%Z. simpl. repeat split; auto 10; lia.
    + exists read_2, 2, 41, 5%Z. simpl. repeat split; auto 10; lia.
  - intros o t c I E C CA. apply tries_cases in C. simpl in C, I.
    each I; simpl in E; try discriminate E. each C; simpl in CA; try discriminate CA.
    exists 1, 34, c35, 36, (Some link_6). repeat split; simpl; auto 20; unfold last_of; simpl; lia.
  - intros c d o I C D CO DO. apply tries_cases in C. apply tries_cases in D. simpl in C, D, I.
    each I; each C; simpl in CO; try discriminate CO; each D; simpl in DO; try discriminate DO; now left.
Qed.
