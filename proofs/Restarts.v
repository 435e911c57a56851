(** * All specifications hold across crashes, lost disks and restored backups, if every restart is a new incarnation

    What is proved.  [Convergence.v] speaks of replicas that keep their states.  Here nodes lose them: a node may come back at any time
    with any state it ever saved, old or new, or with nothing ([restart]): a crash that lost the end of a log, a lost disk, a
    restored backup.  It then goes by a new replica id, (node, incarnation), that was never used.  Then
    - every execution of such nodes is, replica id by replica id, an execution of the model of [Convergence.v]
      ([restarts_are_covered]): a restart is a new replica that receives an old state of another.
    So everything that is proved of executions there, of any type, holds of nodes that lose their states:
    - strong eventual consistency ([nodes_converge_across_restarts]);
    - no two operations ever make the same dot ([dots_are_unique_across_restarts]);
    - and, for example, the add-wins set is the add-wins set ([add_wins_across_restarts]).

    What is not said here: which operations survive.  The ones that were only in the memory or on the disk that was lost are
    known to nobody; that is the subject of [CrashSafety.v] and its neighbours.  They are in the history all the same, and do no harm.

    What is assumed.  That an incarnation was never used before; a real node draws 63 random bits.  A node that provably has its newest
    state may keep its incarnation: that is no step at all.  That deltas are sent at once is no restriction: the network need not
    deliver them.

    The Rust counterpart.  [crates/quipu-crdt/src/replica_id.rs]; the restart in [crates/quipu-node/src/nodes/]. *)

From Coq Require Import List.
From Quipu Require Import Lattice Convergence Causal OrSet.
Import ListNotations.

Section Restarts.
  Context {Node Incarnation State Op : Type} `{EqDec Node, EqDec Incarnation} `{Lattice State}.
  Variable reads : Op -> bool.

  (** A replica id: a life of a node. *)
  Local Notation life := (Node * Incarnation)%type.

  Variable does : life -> Op -> State -> State -> State -> Prop.

  Local Notation event := (event life State Op).
  Local Notation message := (State * list event)%type.

  (** The nodes, each with its present life, its memory and what it saved; of states, also the events they contain (unseen by the
      nodes); the history, the network, and the lives that were ever begun. *)
  Record nodes := Nodes {
    present : Node -> Incarnation;
    memory : Node -> message;
    saved : Node -> list message;
    made_so_far : list event;
    messages : list message;
    begun : list life
  }.

  Definition first_nodes (i : Incarnation) := Nodes (fun _ => i) (fun _ => (bottom, [])) (fun _ => []) [] [] [].

  Definition me (c : nodes) (n : Node) : life := (n, present c n).

  (** A node has a life from the start on or by a restart. *)
  Definition alive (c : nodes) (l : life) := present c (fst l) = snd l \/ In l (begun c).

  Inductive node_step (in_turn : Prop) (c : nodes) : nodes -> Prop :=
  | node_operates n o b k d :
      (b, k) = memory c n \/
        (reads o = true /\ In (b, k) (messages c) /\ (in_turn -> incl k (snd (memory c n)))) ->
      does (me c n) o (fst (memory c n)) b d ->
      let e := Event (length (made_so_far c)) (me c n) o (snd (memory c n)) k d in
      node_step in_turn c
        (Nodes (present c) (update (memory c) n (fst (memory c n) ⊔ d, e :: snd (memory c n))) (saved c)
               (e :: made_so_far c) ((d, [e]) :: messages c) (begun c))
  | messages_grouped m m' :
      In m (messages c) -> In m' (messages c) ->
      node_step in_turn c
        (Nodes (present c) (memory c) (saved c) (made_so_far c) ((fst m ⊔ fst m', snd m ++ snd m') :: messages c) (begun c))
  | node_sends_state n :
      node_step in_turn c (Nodes (present c) (memory c) (saved c) (made_so_far c) (memory c n :: messages c) (begun c))
  | node_receives n m :
      In m (messages c) -> (in_turn -> in_order (snd m) (snd (memory c n))) ->
      node_step in_turn c
        (Nodes (present c) (update (memory c) n (fst (memory c n) ⊔ fst m, snd m ++ snd (memory c n))) (saved c)
               (made_so_far c) (messages c) (begun c))
  | node_saves n :
      node_step in_turn c
        (Nodes (present c) (memory c) (update (saved c) n (memory c n :: saved c n)) (made_so_far c) (messages c) (begun c))
  | restart n i m :
      (m = (bottom, []) \/ In m (saved c n)) -> ~ alive c (n, i) ->
      node_step in_turn c
        (Nodes (update (present c) n i) (update (memory c) n m) (saved c) (made_so_far c) (messages c)
               (me c n :: (n, i) :: begun c)).

  Inductive node_run (in_turn : Prop) (i : Incarnation) : nodes -> Prop :=
  | nodes_start : node_run in_turn i (first_nodes i)
  | nodes_step c c' : node_run in_turn i c -> node_step in_turn c c' -> node_run in_turn i c'.

  (** The system of [Convergence.v] in which each life is a replica. *)
  Record covers (in_turn : Prop) (c : nodes) (w : system life State Op) : Prop := {
    c_run : run reads does in_turn w;
    c_memory : forall n, memory c n = (state w (me c n), known w (me c n));
    c_history : history w = made_so_far c;
    c_messages : incl (messages c) (network w);
    c_saved : forall n, incl (saved c n) (network w);
    c_closed : in_turn -> forall n m, In m (saved c n) -> closed (snd m);
    c_unborn : forall l, ~ alive c l -> state w l = bottom /\ known w l = []
  }.

  Lemma present_is_alive c n : alive c (me c n).
  Proof. now left. Qed.

  (** Every execution of nodes that lose their memories, their disks, or all but an old backup, and then begin a new life, is an
      execution of replicas that never lose anything. *)
  Theorem restarts_are_covered in_turn i c : node_run in_turn i c -> exists w, covers in_turn c w.
  Proof.
    intros ran. induction ran as [| c c' ran (w & [rw mem his mes sav clo unb]) st].
    { exists start. split; try easy; constructor. }
    assert (learned : forall n s k (v : system life State Op), state v = state w -> known v = known w ->
              forall n', (update (memory c) n (fst (memory c n) ⊔ s, k ++ snd (memory c n))) n' =
                         (state (learn v (me c n) s k) (me c n'), known (learn v (me c n) s k) (me c n'))).
    { intros n s k v es ek n'. simpl. rewrite es, ek. destruct (eq_dec n n') as [<- | ne].
      - rewrite !update_same, mem. reflexivity.
      - assert (ne' : me c n' <> me c n) by (intros [= eq _]; now apply ne).
        rewrite !update_other by (congruence || exact ne'). apply mem. }
    assert (unborn : forall n s k l (v : system life State Op), state v = state w -> known v = known w -> ~ alive c l ->
              state (learn v (me c n) s k) l = bottom /\ known (learn v (me c n) s k) l = []).
    { intros n s k l v es ek no. simpl. rewrite es, ek. rewrite !update_other; [now apply unb | |]; intros ->; apply no, present_is_alive. }
    destruct st as [n o b k d from made e | m m' here here' | n | n m here ord | n | n i' m from new].
    - assert (from' : (b, k) = (state w (me c n), known w (me c n)) \/
                reads o = true /\ In (b, k) (network w) /\ (in_turn -> incl k (known w (me c n)))).
      { destruct from as [eq | (rd & here & sub)]; [left; now rewrite eq, mem | right].
        split; [exact rd |]. split; [now apply mes |]. intros x. specialize (sub x). now rewrite mem in sub. }
      assert (made' : does (me c n) o (state w (me c n)) b d) by now rewrite mem in made.
      pose proof (step_operate reads does in_turn w (me c n) o b k d from' made') as st.
      assert (same : Event (length (history w)) (me c n) o (known w (me c n)) k d = e) by (unfold e; now rewrite his, mem).
      cbv zeta in st. rewrite same in st.
      exists (send (learn (record w e) (me c n) d [e]) (d, [e])). split; simpl; auto.
      + now apply (run_step _ _ _ w).
      + intros n'. apply (learned n d [e] (record w e) eq_refl eq_refl).
      + now rewrite his.
      + intros x [<- | inx]; [now left | right; now apply mes].
      + intros n' x inx. right. now apply (sav n').
      + intros l no. now apply (unborn n d [e] l (record w e)).
    - exists (send w (fst m ⊔ fst m', snd m ++ snd m')). split; simpl; auto.
      + apply (run_step _ _ _ w); [exact rw |]. apply step_group; now apply mes.
      + intros x [<- | inx]; [now left | right; now apply mes].
      + intros n x inx. right. now apply (sav n).
    - exists (send w (state w (me c n), known w (me c n))). split; simpl; auto.
      + apply (run_step _ _ _ w); [exact rw | apply step_send_state].
      + intros x [<- | inx]; [left; now rewrite mem | right; now apply mes].
      + intros n' x inx. right. now apply (sav n').
    - exists (learn w (me c n) (fst m) (snd m)). split; simpl; auto.
      + apply (run_step _ _ _ w); [exact rw |]. apply step_receive; [now apply mes |]. intros x. specialize (ord x). now rewrite mem in ord.
      + intros n'. now apply (learned n (fst m) (snd m) w).
      + intros l no. now apply (unborn n (fst m) (snd m) l w).
    - exists (send w (state w (me c n), known w (me c n))). split; simpl; auto.
      + apply (run_step _ _ _ w); [exact rw | apply step_send_state].
      + intros x inx. right. now apply mes.
      + intros n'. unfold update. destruct (eq_dec n n') as [<- | ne]; intros x inx; [| right; now apply (sav n')].
        destruct inx as [<- | inx]; [left; now rewrite mem | right; now apply (sav n)].
      + intros x n' y. unfold update. destruct (eq_dec n n') as [<- | ne]; [intros [<- | iny] | intros iny]; [| now apply (clo x n) | now apply (clo x n')].
        assert (orderly : run reads does True w).
        { clear - x rw. induction rw as [| w w' rw IH st]; [constructor |]. apply (run_step _ _ _ w); [exact IH |].
          destruct st as [r o b k d from did | m m' h h' | r | r m h ord].
          - apply (step_operate _ _ True w r o b k d); [| exact did].
            destruct from as [eq | (rd & h & sub)]; [now left | right]. split; [exact rd |]. split; [exact h |]. intros _. now apply sub.
          - now apply step_group.
          - apply step_send_state.
          - apply step_receive; [exact h |]. intros _. now apply ord. }
        rewrite mem. apply (causal_delivery_keeps_knowledge_closed _ _ w orderly).
    - destruct (unb (n, i') new) as [nothing nobody].
      assert (taken : exists v, run reads does in_turn v /\ history v = history w /\ incl (network w) (network v) /\
                (state v (n, i'), known v (n, i')) = m /\
                forall l, l <> (n, i') -> state v l = state w l /\ known v l = known w l).
      { destruct from as [-> | inm].
        - exists w. split; [exact rw |]. split; [easy |]. split; [apply incl_refl |]. split; [now rewrite nothing, nobody | easy].
        - exists (learn w (n, i') (fst m) (snd m)). split; [| split; [easy | split; [apply incl_refl | split]]].
          + apply (run_step _ _ _ w); [exact rw |]. apply step_receive; [now apply (sav n) |]. intros x e e' ine sees.
            apply in_or_app. left. now apply (clo x n m inm e).
          + simpl. rewrite !update_same, nothing, nobody, app_nil_r, bottom_join. now destruct m.
          + intros l ne. simpl. now rewrite !update_other. }
      destruct taken as (v & rv & hv & nv & here & other). exists v. split; simpl; auto.
      + intros n'. unfold me, update. simpl. destruct (eq_dec n n') as [<- | ne]; [now symmetry |].
        destruct (other (n', present c n')) as [-> ->]; [congruence |]. apply mem.
      + now rewrite hv.
      + intros x inx. now apply nv, mes.
      + intros n' x inx. apply nv. now apply (sav n').
      + intros l no. destruct (other l) as [-> ->].
        * intros ->. apply no. right. simpl. auto.
        * apply unb. intros [pre | beg]; apply no; [| right; simpl; auto].
          unfold alive, update. simpl. destruct (eq_dec n (fst l)) as [eq | ne]; [| now left].
          right. left. unfold me. rewrite eq, pre. now destruct l.
  Qed.

  (** Nodes that know the same operations have the same state, whatever they lost and found again. *)
  Theorem nodes_converge_across_restarts in_turn i c n n' :
    node_run in_turn i c ->
    (forall e, In e (snd (memory c n)) <-> In e (snd (memory c n'))) ->
    fst (memory c n) = fst (memory c n').
  Proof.
    intros ran same. destruct (restarts_are_covered in_turn i c ran) as (w & [rw mem _ _ _ _ _]). rewrite !mem in *.
    apply (strong_eventual_consistency reads does w); [now apply (run_reachable _ _ in_turn) | exact same].
  Qed.
End Restarts.

Arguments nodes : clear implicits.

Section CausalTypes.
  Context {Node Incarnation : Type} `{EqDec Node, EqDec Incarnation}.

  (** No two operations of any lives of any nodes ever make the same dot: neither a lost disk nor a restored backup makes a node use
      one again. *)
  Theorem dots_are_unique_across_restarts (T : causal_type) (discipline : Prop) (i : Incarnation)
      (c : nodes Node Incarnation (causal (Node * Incarnation) (payload T)) (operation T)) e e' d p p' :
    node_run (reads T) (does T) discipline i c ->
    In e (made_so_far c) -> In e' (made_so_far c) -> made T e d p -> made T e' d p' -> e = e' /\ p = p'.
  Proof.
    intros ran ine ine' mk mk'. destruct (restarts_are_covered _ _ discipline i c ran) as (w & [rw _ his _ _ _ _]).
    apply (dots_are_unique T (discipline := discipline) w rw e e' d p p'); try assumption; now rewrite his.
  Qed.

  (** With messages taken in order, the set is the add-wins set across restarts: an element is in it exactly if some known add of it
      is not among those that a known remove or clear had seen, whichever lives made these. *)
  Theorem add_wins_across_restarts {E : Type} `{EqDec E} (i : Incarnation)
      (c : nodes Node Incarnation (causal (Node * Incarnation) E) (or_set_op E)) (n : Node) (x : E) :
    node_run (reads (or_set E)) (does (or_set E)) True i c ->
    let k := snd (memory c n) in
    member (fst (memory c n)) x <->
    exists a, In a k /\ op a = Add x /\ ~ exists o, In o k /\ In a (seen o) /\ takes_out (op o) x.
  Proof.
    intros ran. destruct (restarts_are_covered _ _ True i c ran) as (w & [rw mem _ _ _ _ _]). cbv zeta. rewrite mem.
    exact (add_wins w (me c n) x rw).
  Qed.
End CausalTypes.
