(** * What the two rules give, whatever the data type

    - Rule B alone (incarnations): a node knows all that was ever changed in a name that it has, and so does its disk
      together with the records on their way to it. Nobody need know more of a replica than the replica itself.
    - Rule A alone (order is meaning): an acknowledged change is on the disk of the node that made it, or on a disk
      that was destroyed. Where only crashes happen, no disk is.
    - Whatever is in the network stays there.

    [everywhere] is the tool for all that follows: a property that changes, parts and joins keep is had by every state
    that is held anywhere, on forgotten backups and destroyed disks too.

    Assumed and left out: see Crash.v. Rust: crates/quipu-node/src/nodes/replica.rs. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash.
Import ListNotations.

Section Safety.
Context {T : datatype}.
Hypothesis L : semilattice T.
Variable R : rules.
Implicit Types (w : world T) (n : node) (o : operation T).

(** The records that wait in an outbox. *)
Definition records (l : list (effect T)) : list (state T) :=
  flat_map (fun e => match e with Persist s => [s] | _ => [] end) l.

Lemma records_app : forall a b, records (a ++ b) = records a ++ records b.
Proof. intros; unfold records; apply flat_map_app. Qed.

Lemma in_records : forall l s, In s (records l) <-> In (Persist s) l.
Proof.
  intros; unfold records; rewrite in_flat_map. split.
  - intros ([r|o|m] & He & Hs); cbn in Hs; try contradiction. now destruct Hs as [->|[]].
  - intros H; exists (Persist s); split; [assumption | now left].
Qed.

(** All that a node has on its disk or on the way to it. *)
Definition journal w n : list (state T) := disk (machines w n) ++ records (outbox (machines w n)).

Ltac node_cases k n :=
  destruct (Nat.eq_dec k n) as [->|?Hne]; [rewrite ?put_same in * | rewrite ?put_other in * by assumption]; cbn in *.

(** ** Rule B: a node knows its own present life *)

Record knows_itself w : Prop := KnowsItself {
  k_used : forall o, In o (history w) -> used w (made_by o);
  k_me : forall n r, speaks_for w n r -> used w r;
  k_known : forall n o, In o (history w) -> speaks_for w n (made_by o) -> includes (volatile (machines w n)) (delta o);
  k_journal : forall n o, In o (history w) -> speaks_for w n (made_by o) -> includes (joined (journal w n)) (delta o)
}.

Lemma journal_grows : forall (a b : list (state T)) s, incl a b -> includes (joined a) s -> includes (joined b) s.
Proof. intros a b s H H1. eapply includes_trans; [assumption | | exact H1]. now apply joined_incl. Qed.

Lemma step_knows_itself : forall w w',
  incarnations R = true -> step R w w' -> knows_itself w -> knows_itself w'.
Proof.
  intros w w' HR Hs [Ku Km Kk Kj]; destruct Hs as [n i c d g Hi Hm Hg | n s Hp | n a e b Ho Ha | n s Hi | n | n f l Hb Hc].
  - constructor; unfold speaks_for, journal in *; cbn in *.
    + intros o [<-|H]; [apply (Km n); cbn; auto | now apply Ku].
    + intros k r; node_cases k n; apply Km.
    + intros k o H Hk. node_cases k n.
      * destruct H as [<-|H]; cbn; [now apply includes_right |].
        eapply includes_trans; [assumption | now apply includes_left | now apply Kk].
      * destruct H as [<-|H]; [cbn in Hk; destruct Hk; congruence | now apply Kk].
    + intros k o H Hk. node_cases k n.
      * rewrite records_app, app_assoc. destruct H as [<-|H]; cbn.
        -- eapply includes_trans; [assumption | apply joined_includes; [assumption|] | ].
           ++ apply in_or_app; right; now left.
           ++ now apply includes_right.
        -- eapply journal_grows; [apply incl_appl, incl_refl | now apply Kj].
      * destruct H as [<-|H]; [cbn in Hk; destruct Hk; congruence | now apply Kj].
  - constructor; unfold speaks_for, journal in *; cbn in *.
    + assumption.
    + intros k r; node_cases k n; apply Km.
    + intros k o H Hk; node_cases k n; now apply Kk.
    + intros k o H Hk; node_cases k n; [|now apply Kj].
      rewrite records_app; cbn; rewrite app_nil_r; now apply Kj.
  - constructor; unfold speaks_for, journal in *; cbn in *.
    + assumption.
    + intros k r; node_cases k n; apply Km.
    + intros k o H Hk; node_cases k n; now apply Kk.
    + intros k o H Hk; node_cases k n; [|now apply Kj].
      eapply journal_grows; [|exact (Kj n o H Hk)]. rewrite Ho, !records_app.
      intros x Hx; rewrite !in_app_iff in *. destruct Hx as [Hx|[Hx|Hx]]; [|tauto|].
      * left; destruct e; [apply in_or_app; now left | assumption..].
      * destruct e; cbn in Hx |- *; rewrite ?in_app_iff; cbn; tauto.
  - constructor; unfold speaks_for, journal in *; cbn in *.
    + assumption.
    + intros k r; node_cases k n; apply Km.
    + intros k o H Hk; node_cases k n; [|now apply Kk].
      eapply includes_trans; [assumption | now apply includes_left | now apply Kk].
    + intros k o H Hk; node_cases k n; now apply Kj.
  - constructor; auto.
  - assert (Hback : forall o, In o (history w) -> fst (made_by o) = n -> In (snd (made_by o)) l ->
      In (snd (made_by o)) (names (machines w n)) /\ nothing_lost w n f).
    { intros o Hin <- Hl. destruct (Hc _ Hl) as [Hu|[Hn Hk]]; [|auto].
      exfalso; apply Hu. rewrite <- surjective_pairing. now apply Ku. }
    constructor; unfold speaks_for, journal in *; cbn in *.
    + intros o H; left; now apply Ku.
    + intros k r; node_cases k n; [now right | left; now apply (Km k)].
    + intros k o H Hk; node_cases k n; [|now apply Kk].
      destruct Hk as [Hfst Hsnd]. destruct (Hback o H Hfst Hsnd) as (Hn & -> & Hno).
      specialize (Kj n o H (conj Hfst Hn)); cbn in *. destruct (records (outbox (machines w n))) as [|r rs] eqn:E.
      * now rewrite app_nil_r in Kj.
      * exfalso; apply (Hno r), in_records; rewrite E; now left.
    + intros k o H Hk; node_cases k n; [|now apply Kj].
      destruct Hk as [Hfst Hsnd]. destruct (Hback o H Hfst Hsnd) as (Hn & -> & Hno).
      specialize (Kj n o H (conj Hfst Hn)); cbn in *. destruct (records (outbox (machines w n))) as [|r rs] eqn:E; [assumption|].
      exfalso; apply (Hno r), in_records; rewrite E; now left.
Qed.

Lemma reachable_knows_itself : forall w, incarnations R = true -> reachable R w -> knows_itself w.
Proof.
  intros w HR H; induction H.
  - constructor; cbn; try contradiction. now intros n r [_ [<-|[]]].
  - eauto using step_knows_itself.
Qed.

(** With incarnations, a node's state holds every change that was ever made in a name it has: nobody can know more of
    it. *)
Theorem a_node_knows_its_own_life : forall w n o,
  incarnations R = true -> reachable R w -> In o (history w) -> speaks_for w n (made_by o) ->
  includes (volatile (machines w n)) (delta o).
Proof. intros w n o HR H; apply k_known; now apply reachable_knows_itself. Qed.

(** With incarnations, that is also on the node's disk or on its way there: a disk that nothing was lost from has it
    all. *)
Theorem the_journal_knows_its_own_life : forall w n o,
  incarnations R = true -> reachable R w -> In o (history w) -> speaks_for w n (made_by o) ->
  includes (joined (disk (machines w n) ++ records (outbox (machines w n)))) (delta o).
Proof. intros w n o HR H; apply (k_journal w); now apply reachable_knows_itself. Qed.

(** ** Rule A: what is acknowledged is durable *)

Record acknowledges_in_order w : Prop := AcknowledgesInOrder {
  a_waiting : forall n earlier o later,
    outbox (machines w n) = earlier ++ Acknowledge o :: later ->
    In o (history w) /\ fst (made_by o) = n /\
    includes (joined (disk (machines w n) ++ records earlier)) (delta o);
  a_done : forall o, In o (acknowledged w) ->
    In o (history w) /\
    (includes (joined (disk (machines w (fst (made_by o))))) (delta o) \/
     exists d, In d (destroyed w) /\ includes (joined d) (delta o))
}.

Lemma app_cases : forall {A} (l t earlier later : list A) x, l ++ t = earlier ++ x :: later ->
  (exists later', l = earlier ++ x :: later') \/ (exists e', earlier = l ++ e' /\ t = e' ++ x :: later).
Proof.
  induction l as [|y l IH]; intros t earlier later x H; cbn in *; [right; eauto|].
  destruct earlier as [|z earlier]; cbn in *; inversion H; subst.
  - left; eauto.
  - destruct (IH _ _ _ _ H2) as [(l' & ->)|(e' & -> & ->)]; [left | right]; eauto.
Qed.

Lemma step_acknowledges_in_order : forall w w',
  durable_first R = true -> step R w w' -> acknowledges_in_order w -> acknowledges_in_order w'.
Proof.
  intros w w' HR Hs [Aw Ad]; destruct Hs as [n i c d g Hi Hm Hg | n s Hp | n a e b Ho Ha | n s Hi | n | n f l Hb Hc].
  - constructor; cbn in *.
    + intros k earlier o later H. node_cases k n.
      * apply app_cases in H. destruct H as [(l' & H)|(e' & -> & H)].
        -- apply Aw in H. tauto.
        -- destruct e' as [|x [|y e']]; cbn in H; try discriminate.
           ++ inversion H; subst. repeat split; [now left|].
              rewrite records_app, app_assoc. eapply includes_trans; [assumption | apply joined_includes; [assumption|] |].
              ** apply in_or_app; right; now left.
              ** now apply includes_right.
           ++ inversion H. destruct e'; discriminate.
      * apply Aw in H; tauto.
    + intros o H. apply Ad in H. split; [tauto|]. destruct H as [_ [H|H]]; [left | now right].
      destruct (Nat.eq_dec (fst (made_by o)) n) as [<-|Hne]; [rewrite put_same | rewrite put_other]; assumption.
  - constructor; cbn in *.
    + intros k earlier o later H. node_cases k n; [|now apply Aw in H].
      apply app_cases in H. destruct H as [(l' & H)|(e' & -> & H)]; [now apply Aw in H|].
      destruct e' as [|x [|y e']]; cbn in H; inversion H.
    + intros o H. apply Ad in H. split; [tauto|]. destruct H as [_ [H|H]]; [left | now right].
      destruct (Nat.eq_dec (fst (made_by o)) n) as [<-|Hne]; [rewrite put_same | rewrite put_other]; assumption.
  - specialize (Ha HR); subst a; cbn in *. constructor; cbn in *.
    + intros k earlier o later H. node_cases k n; [|now apply Aw in H].
      specialize (Aw n (e :: earlier) o later). rewrite Ho, H in Aw. specialize (Aw eq_refl).
      destruct Aw as (H1 & H2 & H3). repeat split; try assumption. destruct e; cbn in H3; [|exact H3..].
      now rewrite <- app_assoc.
    + assert (Hd : forall o, In o (acknowledged w) -> In o (history w) /\
        (includes (joined (disk (put n (Machine (names (machines w n)) (volatile (machines w n))
           match e with Persist record => disk (machines w n) ++ [record] | _ => disk (machines w n) end b)
           (machines w) (fst (made_by o))))) (delta o) \/ exists d, In d (destroyed w) /\ includes (joined d) (delta o))).
      { intros o H. apply Ad in H. split; [tauto|]. destruct H as [_ [H|H]]; [left | now right].
        destruct (Nat.eq_dec (fst (made_by o)) n) as [<-|Hne]; [rewrite put_same | rewrite put_other]; cbn; try assumption.
        destruct e; try assumption. eapply journal_grows; [|exact H]. apply incl_appl, incl_refl. }
      destruct e; cbn in *; auto. intros o' [<-|H]; [|now apply Hd].
      destruct (Aw n [] o b Ho) as (H1 & H2 & H3). split; [assumption | left].
      rewrite H2, put_same; cbn. cbn in H3. now rewrite app_nil_r in H3.
  - constructor; cbn in *.
    + intros k earlier o later H. node_cases k n; now apply Aw in H.
    + intros o H. apply Ad in H. split; [tauto|]. destruct H as [_ [H|H]]; [left | now right].
      destruct (Nat.eq_dec (fst (made_by o)) n) as [<-|Hne]; [rewrite put_same | rewrite put_other]; assumption.
  - constructor; auto.
  - constructor; cbn in *.
    + intros k earlier o later H. node_cases k n; [destruct earlier; discriminate | now apply Aw in H].
    + intros o H. apply Ad in H. split; [tauto|].
      destruct H as [_ [H|(d & Hd & H)]]; [|right; exists d; split; [apply in_or_app; now right | assumption]].
      destruct (Nat.eq_dec (fst (made_by o)) n) as [<-|Hne]; [rewrite put_same | rewrite put_other]; cbn; try tauto.
      destruct f; cbn; [now left | right.. ]; (eexists; split; [now left | assumption]).
Qed.

Lemma reachable_acknowledges_in_order : forall w, durable_first R = true -> reachable R w -> acknowledges_in_order w.
Proof.
  intros w HR H; induction H.
  - constructor; cbn; [intros n [|]; discriminate | contradiction].
  - eauto using step_acknowledges_in_order.
Qed.

(** With rule A, an acknowledged change is on the disk of its node, or on a disk that was destroyed; there is no third
    way. *)
Theorem acknowledged_is_durable : forall w o,
  durable_first R = true -> reachable R w -> In o (acknowledged w) ->
  includes (joined (disk (machines w (fst (made_by o))))) (delta o) \/
  exists d, In d (destroyed w) /\ includes (joined d) (delta o).
Proof. intros w o HR H Ho; now apply a_done in Ho; [|apply reachable_acknowledges_in_order]. Qed.

(** With rule A, as long as nodes only crash and no disk is lost or replaced, no acknowledged change is lost: each is
    on the disk of its node. *)
Theorem crashes_lose_nothing_acknowledged : forall w o,
  durable_first R = true -> reachable R w -> destroyed w = [] -> In o (acknowledged w) ->
  includes (joined (disk (machines w (fst (made_by o))))) (delta o).
Proof.
  intros w o HR H Hd Ho. destruct (acknowledged_is_durable w o HR H Ho) as [|(d & Hin & _)]; [assumption|].
  rewrite Hd in Hin; contradiction.
Qed.

(** What was sent is never lost, whatever is destroyed: it stays in the network, for whoever receives. *)
Theorem what_was_sent_stays : forall w w' m, step R w w' -> In m (network w) -> In m (network w').
Proof. intros w w' m Hs H; destruct Hs as [| | n a e b Ho Ha | | |]; cbn; auto. destruct e; cbn; auto. Qed.

(** ** What all states have in common *)

(** The deltas that [r] must have before it may change anything more. *)
Definition complete r (h : list (operation T)) (s : state T) : Prop :=
  forall o, In o h -> made_by o = r -> includes s (delta o).

Lemma everywhere : forall P : list (operation T) -> state T -> Prop,
  P [] bottom ->
  (forall h s, P h s -> P h bottom) ->
  (forall h a b, P h a -> P h b -> P h (join a b)) ->
  (forall h m s, part m s -> P h s -> P h m) ->
  (forall h r c s d, makes r c s d -> P h s -> complete r h s ->
     P (Operation r c s d :: h) d /\ forall t, P h t -> P (Operation r c s d :: h) t) ->
  incarnations R = true ->
  forall w, reachable R w -> forall s, obtainable w s -> P (history w) s.
Proof.
  intros P P0 Pbot Pjoin Ppart Pmake HR w H.
  enough (Hh : forall s, held w s -> P (history w) s).
  { assert (Hb : P (history w) bottom) by (eapply Pbot, Hh, (held_in_memory w _ 0); reflexivity).
    intros s Hs; induction Hs; auto. }
  induction H as [|w w' H IH Hs]; cbn.
  - intros s Hs; inversion Hs; cbn in *; subst; try contradiction; assumption.
  - assert (Hb : P (history w) bottom) by (eapply Pbot, IH, (held_in_memory w _ 0); reflexivity).
    assert (Hd : forall l, (forall x, In x l -> held w x) -> P (history w) (joined l)).
    { induction l as [|x l IHl]; intros Hl; cbn; auto. apply Pjoin; [apply IH, Hl; now left | apply IHl; intros; apply Hl; now right]. }
    destruct Hs as [n i c d g Hmine Hm Hg | n s Hp | n a e b Ho Ha | n s Hi | n | n f l Hb' Hc]; cbn in *.
    + assert (Hv : P (history w) (volatile (machines w n))) by (apply IH; eapply held_in_memory; reflexivity).
      destruct (Pmake _ _ _ _ d Hm Hv) as [Pd Pold].
      { intros o Hin Hmb. apply (k_known w (reachable_knows_itself w HR H) n o Hin). rewrite Hmb. now split. }
      fold (operation_of w n i c d) in Pd, Pold.
      assert (Pg : P (operation_of w n i c d :: history w) g) by (destruct Hg as [->|Hg]; [auto | apply Pold; eapply Ppart; eassumption]).
      intros s Hs; inversion Hs as [k Hk | k Hk | k e Hk He | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * node_cases k n; subst; [apply Pjoin; auto | apply Pold, IH; eapply held_in_memory; reflexivity].
      * apply Pold, IH. node_cases k n; eapply held_on_disk; eassumption.
      * node_cases k n; [|apply Pold, IH; eapply held_in_outbox; eassumption].
        apply in_app_or in Hk; destruct Hk as [Hk|[<-|[<-|[]]]].
        -- apply Pold, IH; eapply held_in_outbox; eassumption.
        -- destruct He as [<-|[]]; auto.
        -- contradiction.
      * apply Pold, IH; now apply held_in_network.
      * apply Pold, IH; eapply held_on_shelf; eassumption.
      * apply Pold, IH; eapply held_once; eassumption.
    + intros t Ht; inversion Ht as [k Hk | k Hk | k e Hk He | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * apply IH; node_cases k n; subst; eapply held_in_memory; reflexivity.
      * apply IH; node_cases k n; eapply held_on_disk; eassumption.
      * node_cases k n; [|apply IH; eapply held_in_outbox; eassumption].
        apply in_app_or in Hk; destruct Hk as [Hk|[<-|[]]].
        -- apply IH; eapply held_in_outbox; eassumption.
        -- destruct He as [<-|[]]. eapply Ppart; [eassumption | apply IH; eapply held_in_memory; reflexivity].
      * apply IH; now apply held_in_network.
      * apply IH; eapply held_on_shelf; eassumption.
      * apply IH; eapply held_once; eassumption.
    + assert (He : In e (outbox (machines w n))) by (rewrite Ho; apply in_elt).
      assert (Hrest : incl (a ++ b) (outbox (machines w n))).
      { rewrite Ho; intros x; rewrite !in_app_iff; cbn; tauto. }
      intros t Ht; apply IH; inversion Ht as [k Hk | k Hk | k e' Hk He' | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * node_cases k n; subst; eapply held_in_memory; reflexivity.
      * node_cases k n; [|eapply held_on_disk; eassumption].
        destruct e; try (eapply held_on_disk; eassumption). apply in_app_or in Hk.
        destruct Hk as [Hk|[<-|[]]]; [eapply held_on_disk; eassumption | eapply held_in_outbox; [eassumption | now left]].
      * node_cases k n; [apply Hrest in Hk|]; eapply held_in_outbox; eassumption.
      * destruct e; try now apply held_in_network.
        destruct Hk as [<-|Hk]; [eapply held_in_outbox; [eassumption | now left] | now apply held_in_network].
      * eapply held_on_shelf; eassumption.
      * eapply held_once; eassumption.
    + intros t Ht; inversion Ht as [k Hk | k Hk | k e' Hk He' | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * node_cases k n; subst; [apply Pjoin; apply IH|apply IH; eapply held_in_memory; reflexivity].
        -- eapply held_in_memory; reflexivity.
        -- now apply held_in_network.
      * apply IH; node_cases k n; eapply held_on_disk; eassumption.
      * apply IH; node_cases k n; eapply held_in_outbox; eassumption.
      * apply IH; now apply held_in_network.
      * apply IH; eapply held_on_shelf; eassumption.
      * apply IH; eapply held_once; eassumption.
    + intros t Ht; apply IH; inversion Ht as [k Hk | k Hk | k e' Hk He' | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * eapply held_in_memory; eassumption.
      * eapply held_on_disk; eassumption.
      * eapply held_in_outbox; eassumption.
      * now apply held_in_network.
      * destruct Hk as [<-|Hk]; [eapply held_on_disk | eapply held_on_shelf]; eassumption.
      * eapply held_once; eassumption.
    + assert (Hleft : forall x, In x (disk_after f (disk (machines w n))) -> held w x).
      { intros x Hx; destruct f; cbn in Hx; [eapply held_on_disk; eassumption | contradiction | eapply held_on_shelf; eauto]. }
      intros t Ht; inversion Ht as [k Hk | k Hk | k e' Hk He' | Hk | b' Hk Hk' | b' Hk Hk']; cbn in *.
      * node_cases k n; subst; [apply Hd, Hleft | apply IH; eapply held_in_memory; reflexivity].
      * apply IH; node_cases k n; [now apply Hleft | eapply held_on_disk; eassumption].
      * node_cases k n; [contradiction | apply IH; eapply held_in_outbox; eassumption].
      * apply IH; now apply held_in_network.
      * apply IH; eapply held_on_shelf; eassumption.
      * apply IH. apply in_app_or in Hk; destruct Hk as [Hk|Hk]; [|eapply held_once; eassumption].
        destruct f; cbn in Hk; try contradiction; destruct Hk as [<-|[]]; eapply held_on_disk; eassumption.
Qed.
End Safety.
