(** * The order without its tree: how a character that arrives finds its place

    Rust counterpart: [crates/quipu-crdt/src/text/integrate.rs], [Sequence::between].

    The fast text keeps no tree. It keeps the characters in a line and knows of each its left and right origin; for one
    that arrives it looks at those between the origins, from the left, with one flag, [passing]. Here that loop is
    written down for a line of single characters ([scan]), and proved to find the place where the order of
    [FugueOrder.v] puts the new character, in every text of [Fugue.v].

    That it may take a run of characters as one item is in [FugueItems.v]. Left out: the balanced tree of leaves that the
    line is kept in; and how two places of the line are compared, which is here the comparison of positions. *)

From Coq Require Import List Sorted Lia PeanoNat.
From Quipu Require Import FugueOrder Fugue FugueMaximal FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

(** How many characters of [rest], which is the line after the left origin [l], stand before a new character with the
    right origin [r] and the id [i]. [here] is how many were looked at, [best] the answer so far. *)
Fixpoint scan (l : position) (r : option position) (i : dot) (rest : list position) (here best : nat) (passing : bool)
  : nat :=
  let best := if passing then best else here in
  match rest with
  | [] => best
  | next :: rest =>
      match compare_origin (Some next) r with
      | Eq => best                                                  (* the right origin is reached *)
      | _ =>
          match compare (left_origin next) l with
          | Lt => best                                              (* nothing from here on is below the left origin *)
          | Gt => scan l r i rest (S here) best passing
          | Eq =>
              match compare_origin (right_origin next) r with
              | Lt => scan l r i rest (S here) best true
              | Gt => scan l r i rest (S here) best false
              | Eq =>
                  match id_of next with
                  | Some j =>
                      match compare_dot i j with
                      | Lt => best
                      | _ => scan l r i rest (S here) best false
                      end
                  | None => scan l r i rest (S here) best false
                  end
              end
          end
      end
  end.

(** ** Paths *)

Lemma above_left w p i : in_subtree w (left_child p i) -> w = left_child p i \/ in_subtree w p.
Proof.
  intros [s E]. destruct s as [| s j _ | s o j _] using path_end.
  - left. now rewrite below_here in E.
  - right. rewrite below_left_child in E. apply left_child_injective in E as [-> _]. apply in_subtree_below.
  - rewrite below_right_child in E. now apply left_child_not_right in E.
Qed.

Lemma above_right w p o i : in_subtree w (right_child p o i) -> w = right_child p o i \/ in_subtree w p.
Proof.
  intros [s E]. destruct s as [| s j _ | s u j _] using path_end.
  - left. now rewrite below_here in E.
  - rewrite below_left_child in E. symmetry in E. now apply left_child_not_right in E.
  - right. rewrite below_right_child in E. apply right_child_injective in E as [-> _]. apply in_subtree_below.
Qed.

(** What hangs on the right of [z] has no left origin before [z]. *)
Lemma left_origin_bound z x : in_subtree z x -> before z x -> left_origin x = z \/ before z (left_origin x).
Proof.
  intros I B. destruct (after_is_right I B) as (o & i & s & ->).
  destruct (left_origin_shape z o i s) as (m & o' & j & t & _ & -> & [-> | [G _]]); auto.
Qed.

Lemma not_below_itself l o i s : ~ in_subtree (below l (Right o i s)) l.
Proof.
  intros [t E]. rewrite below_below in E. apply (before_irrefl (p := l)). rewrite E at 2. apply before_right.
Qed.

Lemma compare_origin_eq o o' : compare_origin o o' = Eq -> o = o'.
Proof. destruct o as [x |], o' as [y |]; cbn; try discriminate; auto. intro H. f_equal. now apply compare_eq. Qed.

Lemma precedes_flip o o' : compare_origin o o' = Gt -> precedes o' o.
Proof. destruct o as [x |], o' as [y |]; unfold precedes; cbn; try discriminate; auto. apply compare_gt. Qed.

Lemma path_cases p : p = Here \/ (exists q i, p = left_child q i) \/ exists q o i, p = right_child q o i.
Proof. destruct p as [| q i _ | q o i _] using path_end; eauto 6. Qed.

(** ** The new character among its siblings *)

Section Arrival.
  Variables (D : list position) (new : position).
  Hypothesis X : text (new :: D).
  Hypothesis New : ~ In new D.
  Hypothesis Known : closed D.
  Hypothesis Char : new <> Here.

  Let l : position := left_origin new.
  Let r : option position := right_origin new.

  Lemma arrival_closed : closed (new :: D).
  Proof. apply texts_are_closed_and_sound, X. Qed.

  Lemma arrival_sound : sound (new :: D).
  Proof. apply texts_are_closed_and_sound, X. Qed.

  Lemma known_sound : sound D.
  Proof. destruct arrival_sound as [L R]. split; intros; [eapply L | eapply R]; right; eauto. Qed.

  (** A sibling: another child of [l] in the tree of left origins. *)
  Definition sibling (z : position) : Prop := In z D /\ z <> Here /\ left_origin z = l.

  Lemma right_of_left_origin z : In z (new :: D) -> z <> Here -> left_origin z = l -> exists o i s, z = below l (Right o i s).
  Proof. intros I N E. rewrite <- E. exact (hangs_right_of_left_origin arrival_closed arrival_sound I N). Qed.

  Lemma new_right_of_l : exists o i s, new = below l (Right o i s).
  Proof. apply right_of_left_origin; auto. now left. Qed.

  Lemma new_after_l : before l new.
  Proof. destruct new_right_of_l as (o & i & s & E). rewrite E. apply before_right. Qed.

  Lemma new_below_l : in_subtree l new.
  Proof. destruct new_right_of_l as (o & i & s & E). rewrite E. apply in_subtree_below. Qed.

  Lemma new_before_r : precedes (Some new) r.
  Proof. apply (right_origin_after new arrival_sound). now left. Qed.

  (** A sibling's parent on the left path is a sibling too. *)
  Lemma parent_sibling w k : sibling (left_child w k) -> sibling w.
  Proof.
    intros (I & _ & E). rewrite left_origin_left in E. split; [now apply Known in I | split; [| exact E]].
    destruct known_sound as [L _]. exact (L _ _ I).
  Qed.

  Lemma sibling_right z : sibling z -> exists o i s, z = below l (Right o i s).
  Proof. intros (I & N & E). apply right_of_left_origin; auto. now right. Qed.

  Lemma l_of_left x i : new = left_child x i -> l = left_origin x /\ r = Some x.
  Proof. unfold l, r. intro E. now rewrite E, left_origin_left, right_origin_left. Qed.

  Lemma l_of_right p o i : new = right_child p o i -> l = p /\ r = o.
  Proof. unfold l, r. intro E. now rewrite E, left_origin_right, right_origin_right. Qed.

  (** [new] does not hang on the right of anything but [l] and what is above that. *)
  Lemma new_not_right_of z : before l z -> before z new -> ~ in_subtree z new.
  Proof.
    intros lz zn I. destruct (left_origin_bound I zn) as [E | G]; fold l in E || fold l in G.
    - rewrite E in lz. exact (before_irrefl lz).
    - exact (before_asym lz G).
  Qed.

  Lemma sibling_after_l z : sibling z -> before l z.
  Proof. intro Z. destruct (sibling_right Z) as (o & i & s & ->). apply before_right. Qed.

  (** Nothing hangs on the right of a sibling that is before [r], if [new] is a left child of [r]. *)
  Lemma left_not_right_of x i z : new = left_child x i -> sibling z -> before z x -> ~ in_subtree z x.
  Proof.
    intros E Z zx I. destruct (l_of_left _ _ E) as [El _]. pose proof (sibling_after_l Z) as lz.
    destruct (left_origin_bound I zx) as [G | G]; rewrite <- El in G.
    - rewrite G in lz. exact (before_irrefl lz).
    - exact (before_asym lz G).
  Qed.

  (** The farther right origin comes first. *)
  Lemma farther_is_before z : sibling z -> precedes (Some z) r -> precedes r (right_origin z) -> before z new.
  Proof.
    intros Z zr Far. pose proof arrival_sound as [_ R].
    pose proof (sibling_after_l Z) as lz. pose proof Z as (Iz & Nz & Ez).
    destruct (path_cases z) as [-> | [(w & k & E) | (q & u & k & E)]]; [contradiction | |].
    - (* [z] is a left child of [w], which is after [r]. *)
      rewrite E, right_origin_left in Far.
      assert (sibling w) as W by (apply parent_sibling with k; now rewrite <- E).
      destruct (path_cases new) as [N | [(x & i & N) | (p & o & i & N)]]; [contradiction | |].
      + destruct (l_of_left _ _ N) as [_ Er]. rewrite Er in Far, zr.
        assert (in_subtree w x) as I.
        { apply subtree_is_contiguous with z w; auto; [rewrite E; apply in_subtree_below | apply in_subtree_refl]. }
        pose proof (left_not_right_of _ N Z zr) as O. unfold before. rewrite N.
        rewrite (compare_opp (left_child x i) z). unfold left_child. rewrite compare_outside.
        * rewrite <- (compare_opp x z). exact zr.
        * intros [s F]. apply (before_irrefl (p := w)).
          (* [z] would hang below [x], so [w] would, or [z] be [x]. *)
          exfalso. rewrite E in F. destruct (@above_left x w k) as [G | G].
          -- exists s. exact F.
          -- rewrite <- E in G. rewrite G in zr. exact (before_irrefl zr).
          -- destruct I as [t ->], G as [v G]. rewrite below_below in G.
             assert (below t v = Here) as H by (apply (below_injective w); now rewrite below_here).
             assert (t = Here) as -> by (destruct t; [reflexivity | discriminate | discriminate]).
             rewrite below_here in Far. exact (before_irrefl Far).
      + destruct (l_of_right _ _ _ N) as [El Er]. exfalso. rewrite Er in Far, zr. destruct o as [x |]; [| discriminate].
        destruct (R p (Some x) i) as [P _]; [rewrite <- N; now left |]. destruct (P x eq_refl) as [lx O].
        destruct (sibling_right W) as (u & j & s & F). rewrite El in F. unfold precedes in Far. cbn in Far.
        rewrite F in Far. apply compare_gt in Far. rewrite (compare_outside O) in Far. rewrite lx in Far. discriminate.
    - (* [z] is a right child of [l]. *)
      rewrite E, right_origin_right in Far. rewrite E, left_origin_right in Ez. subst q.
      destruct (path_cases new) as [N | [(x & i & N) | (p & o & i & N)]]; [contradiction | |].
      + destruct (l_of_left _ _ N) as [_ Er]. rewrite Er in Far, zr.
        pose proof (left_not_right_of _ N Z zr) as O. unfold before. rewrite N.
        rewrite (compare_opp (left_child x i) z). unfold left_child. rewrite compare_outside.
        * rewrite <- (compare_opp x z). exact zr.
        * intro I. rewrite E in I. destruct (above_right _ _ _ I) as [G | G].
          -- rewrite <- E in G. rewrite G in zr. exact (before_irrefl zr).
          -- destruct new_right_of_l as (o & j & s & F).
             assert (In x (new :: D)) as Ix by (apply arrival_closed with i; rewrite <- N; now left).
             destruct (l_of_left _ _ N) as [El _].
             destruct (position_eq_dec x Here) as [-> | Nx].
             ++ pose proof arrival_sound as [L _]. apply (L Here i); [rewrite <- N; now left | reflexivity].
             ++ destruct (right_of_left_origin Ix Nx (eq_sym El)) as (o' & j' & s' & F'). rewrite F' in G.
                eapply not_below_itself; exact G.
      + destruct (l_of_right _ _ _ N) as [El Er]. rewrite Er in Far. rewrite E, N, El.
        unfold right_child. now apply order_is_the_walk.
  Qed.

  (** A sibling before [new] is followed, still before [new], by one whose right origin is no nearer than [r]. *)
  Lemma nearer_is_passed z : sibling z -> before z new ->
    exists z', sibling z' /\ (z' = z \/ before z z') /\ before z' new /\ ~ precedes (right_origin z') r.
  Proof.
    pose proof arrival_sound as [_ R].
    induction z as [| w k IH | q u k _] using path_end; intros Z zn.
    - destruct Z as (_ & N & _). contradiction.
    - assert (sibling w) as W by exact (parent_sibling _ _ Z). pose proof (before_left w k Here) as zw.
      assert ({precedes (Some w) r} + {~ precedes (Some w) r}) as [wr | wr].
      { unfold precedes. destruct (compare_origin (Some w) r); [right | left | right]; congruence. }
      + destruct (before_total w new) as [wn | [E | nw]].
        * destruct (IH W wn) as (z' & Z' & O & B & F). exists z'. repeat split; auto; try apply Z'.
          right. destruct O as [-> | O]; [exact zw | eapply before_trans; eauto].
        * exfalso. apply New. rewrite <- E. apply W.
        * exfalso. assert (in_subtree w new) as I.
          { apply subtree_is_contiguous with (left_child w k) w; auto; [apply in_subtree_below | apply in_subtree_refl]. }
          assert (w <> new) as Ne by (intros ->; apply New, W).
          destruct (path_cases new) as [N | [(x & i & N) | (p & o & i & N)]]; [contradiction | |].
          -- rewrite N in I. destruct (above_left _ _ I) as [G | G]; [congruence |].
             destruct (l_of_left _ _ N) as [_ Er]. rewrite Er in wr. exact (left_not_right_of _ N W wr G).
          -- rewrite N in I. destruct (above_right _ _ _ I) as [G | G]; [congruence |].
             destruct (l_of_right _ _ _ N) as [El _]. destruct (sibling_right W) as (v & j & s & F). rewrite El in F.
             rewrite F in G. eapply not_below_itself; exact G.
      + exists (left_child w k). repeat split; auto; try apply Z. now rewrite right_origin_left.
    - exists (right_child q u k). repeat split; auto; try apply Z. rewrite right_origin_right. intro Near.
      pose proof Z as (Iz & _ & Ez). rewrite left_origin_right in Ez.
      destruct u as [y |]; [| destruct r; discriminate].
      destruct (path_cases new) as [N | [(x & i & N) | (p & o & i & N)]]; [contradiction | |].
      + destruct (l_of_left _ _ N) as [El Er]. rewrite Er in Near.
        destruct (R q (Some y) k) as [P _]; [now right |]. destruct (P y eq_refl) as [qy O].
        assert (In x (new :: D)) as Ix by (apply arrival_closed with i; rewrite <- N; now left).
        destruct (position_eq_dec x Here) as [-> | Nx].
        * pose proof arrival_sound as [L _]. apply (L Here i); [rewrite <- N; now left | reflexivity].
        * destruct (right_of_left_origin Ix Nx (eq_sym El)) as (o' & j' & s' & F'). rewrite Ez in *. rewrite F' in Near.
          unfold precedes in Near. cbn in Near. apply compare_gt in Near. rewrite (compare_outside O), qy in Near. discriminate.
      + destruct (l_of_right _ _ _ N) as [El Er]. rewrite Er in Near. rewrite N, Ez, El in zn.
        apply (before_asym zn). unfold right_child. now apply order_is_the_walk.
  Qed.

  (** Among siblings with the same right origin, the id decides. *)
  Lemma same_right_origin z i j : sibling z -> right_origin z = r -> id_of new = Some i -> id_of z = Some j ->
    (before new z <-> compare_dot i j = Lt).
  Proof.
    intros (Iz & Nz & Ez) Er Ii Ij. split; intro H.
    - destruct (compare_dot i j) eqn:E; auto; exfalso.
      + apply compare_dot_eq in E. subst j. apply New.
        destruct (same_origins_same_side arrival_closed arrival_sound (or_introl eq_refl) (or_intror Iz) Char Nz
                    (eq_sym Ez) (eq_sym Er)) as [(p & k & n & E1 & E2) | (p & o & k & n & E1 & E2)];
          rewrite E1 in Ii; rewrite E2 in Ij; unfold left_child, right_child in Ii, Ij;
          rewrite id_of_below in Ii, Ij by discriminate; cbn in Ii, Ij;
          injection Ii as ->; injection Ij as ->; rewrite E1, <- E2; exact Iz.
      + apply (before_asym H). apply (@same_origins_by_id (new :: D) z new j i X (or_intror Iz) (or_introl eq_refl) Ij Ii); auto.
        rewrite (compare_dot_opp i j), E. reflexivity.
    - apply (@same_origins_by_id (new :: D) new z i j X (or_introl eq_refl) (or_intror Iz) Ii Ij); auto.
  Qed.

  (** What is between [l] and a sibling's next sibling hangs on the right of that sibling, and stands on the same side of
      [new] as it does. *)
  Lemma follows_a_sibling y : In y D -> before l y -> in_subtree l y -> left_origin y <> l ->
    exists z, sibling z /\ before z y /\ (before y new -> before z new) /\ (before new y -> before new z).
  Proof.
    intros Iy ly I N. destruct (after_is_right I ly) as (o & i & s & E).
    destruct (first_with_left_origin l o i s) as (t & L & [-> | (u & j & v & F)]); [rewrite <- E in L; contradiction |].
    set (z := below l (Right o i t)) in *. rewrite <- E in F.
    assert (sibling z) as Z.
    { split; [| split; [| exact L]].
      - apply closed_below with (Right u j v); auto. now rewrite <- F.
      - intro H. pose proof (before_right l o i t) as B. fold z in B. rewrite H in B.
        destruct known_sound as [_ _]. destruct (beginning_is_first l arrival_closed arrival_sound) as [G | G].
        + unfold l. apply left_origin_in; auto using arrival_closed, arrival_sound. now left.
        + rewrite G in B. exact (before_irrefl B).
        + exact (before_asym B G). }
    assert (before z y) as zy by (rewrite F; apply before_right).
    exists z. split; [exact Z | split; [exact zy | split]].
    - intro yn. eapply before_trans; eauto.
    - intro ny. destruct (before_total new z) as [G | [G | G]]; auto; exfalso.
      + apply New. rewrite G. apply Z.
      + assert (in_subtree z new) as K.
        { apply subtree_is_contiguous with z y; auto; [apply in_subtree_refl | rewrite F; apply in_subtree_below]. }
        exact (new_not_right_of (sibling_after_l Z) G K).
  Qed.

  (** ** The loop *)

  Variable i : dot.
  Hypothesis Id : id_of new = Some i.

  Lemma id_of_char z : z <> Here -> exists j, id_of z = Some j.
  Proof.
    destruct z as [| p k _ | p o k _] using path_end; intro N; [contradiction | |];
      unfold left_child, right_child; rewrite id_of_below by discriminate; now exists k.
  Qed.

  (** The line after [l]: first those before [new], then those after it. *)
  Variables (low high : list position).
  Hypothesis Line : forall y, In y (low ++ high) <-> In y D /\ before l y.
  Hypothesis Sorted : StronglySorted before (low ++ high).
  Hypothesis Low : forall y, In y low -> before y new.
  Hypothesis High : forall y, In y high -> before new y.

  (** While the loop is among those before [new]: if it is passing, the last sibling that it saw has a nearer right
      origin. *)
  Definition pass_state (seen : list position) (passing : bool) : Prop :=
    passing = true -> exists z, In z seen /\ sibling z /\ precedes (right_origin z) r /\
      forall z', In z' seen -> sibling z' -> ~ before z z'.

  Lemma not_here y : before l y -> y <> Here.
  Proof.
    intros B ->. destruct (beginning_is_first l arrival_closed arrival_sound) as [G | G].
    - unfold l. apply left_origin_in; auto using arrival_closed, arrival_sound. now left.
    - rewrite G in B. exact (before_irrefl B).
    - exact (before_asym B G).
  Qed.

  Lemma pass_low rest : forall seen here best passing, seen ++ rest = low -> pass_state seen passing ->
    exists best' passing', pass_state low passing' /\
      scan l r i (rest ++ high) here best passing = scan l r i high (length rest + here) best' passing'.
  Proof.
    induction rest as [| y rest IH]; intros seen here best passing E P.
    - rewrite app_nil_r in E. subst seen. cbn. now exists best, passing.
    - assert (In y low) as Iy by (rewrite <- E; apply in_or_app; right; now left).
      pose proof (Low y Iy) as yn. destruct (proj1 (Line y)) as [Dy ly]; [apply in_or_app; now left |].
      assert ((seen ++ [y]) ++ rest = low) as E' by (rewrite <- app_assoc; exact E).
      assert (in_subtree l y) as Sy.
      { apply subtree_is_contiguous with l new; auto using in_subtree_refl, new_below_l. }
      pose proof (not_here ly) as Ny.
      assert (forall z, In z seen -> before z y) as Past.
      { assert (StronglySorted before ((seen ++ y :: rest) ++ high)) as S by (rewrite E; exact Sorted).
        intros z Hz. rewrite <- app_assoc in S. clear - S Hz. induction seen as [| a seen IH]; [contradiction |].
        cbn in S. inversion S as [| ? ? S' F]; subst. rewrite Forall_forall in F. destruct Hz as [<- | Hz]; auto.
        apply F, in_or_app. right. now left. }
      cbn [app scan]. set (best0 := if passing then best else here). cbn [length].
      replace (S (length rest) + here) with (length rest + S here) by lia.
      assert (compare_origin (Some y) r <> Eq) as NotR.
      { intro G. pose proof new_before_r as nr. destruct r as [x |]; [| discriminate]. cbn in G. apply compare_eq in G. subst x.
        exact (before_asym yn nr). }
      destruct (compare (left_origin y) l) eqn:C.
      + apply compare_eq in C. assert (sibling y) as Z by (split; auto).
        assert (forall z', In z' (seen ++ [y]) -> sibling z' -> ~ before y z') as LastOne.
        { intros z' H _ B. apply in_app_or in H as [H | [<- | []]]; [exact (before_asym B (Past z' H)) | exact (before_irrefl B)]. }
        destruct (compare_origin (right_origin y) r) eqn:O.
        * destruct (id_of_char Ny) as [j Ij]. rewrite Ij.
          assert (right_origin y = r) as Or by (now apply compare_origin_eq).
          destruct (compare_dot i j) eqn:Q.
          -- destruct (IH (seen ++ [y]) (S here) best0 false E') as (b & p & A & B); [discriminate |].
             exists b, p. split; [exact A |]. now destruct (compare_origin (Some y) r).
          -- exfalso. apply (same_right_origin Z Or Id Ij) in Q. exact (before_asym yn Q).
          -- destruct (IH (seen ++ [y]) (S here) best0 false E') as (b & p & A & B); [discriminate |].
             exists b, p. split; [exact A |]. now destruct (compare_origin (Some y) r).
        * destruct (IH (seen ++ [y]) (S here) best0 true E') as (b & p & A & B).
          { intros _. exists y. split; [apply in_or_app; right; now left | split; [exact Z | split; [exact O | exact LastOne]]]. }
          exists b, p. split; [exact A |]. now destruct (compare_origin (Some y) r).
        * destruct (IH (seen ++ [y]) (S here) best0 false E') as (b & p & A & B); [discriminate |].
          exists b, p. split; [exact A |]. now destruct (compare_origin (Some y) r).
      + exfalso. destruct (left_origin_bound Sy ly) as [G | G].
        * rewrite G, compare_refl in C. discriminate.
        * exact (before_asym C G).
      + destruct (IH (seen ++ [y]) (S here) best0 passing E') as (b & p & A & B).
        { intro Pt. destruct (P Pt) as (z & H1 & H2 & H3 & H4). exists z. split; [apply in_or_app; now left |]. repeat split; auto; try apply H2.
          intros z' H Z'. apply in_app_or in H as [H | [<- | []]]; [now apply H4 |].
          exfalso. destruct Z' as (_ & _ & G). rewrite G, compare_refl in C. discriminate. }
        exists b, p. split; [exact A |]. now destruct (compare_origin (Some y) r).
  Qed.

  (** When the loop comes to the first one after [new], it is not passing. *)
  Lemma not_passing_at_the_place passing : pass_state low passing -> passing = false.
  Proof.
    intro P. destruct passing; auto. exfalso. destruct (P eq_refl) as (z & H & Z & Near & Latest).
    destruct (nearer_is_passed Z (Low z H)) as (z' & Z' & [-> | B] & n & F); [contradiction |].
    apply (Latest z'); auto. pose proof (proj2 (Line z')) as I.
    destruct (in_app_or low high z') as [G | G]; auto.
    - apply I. split; [apply Z' | now apply sibling_after_l].
    - exfalso. exact (before_asym n (High z' G)).
  Qed.

  (** Once the loop has its answer it keeps it, whatever comes after [new]. *)
  Lemma keep_answer rest : forall front (here best : nat) (passing : bool), front ++ rest = high ->
    (forall x, r = Some x -> In x rest) ->
    (if passing then True else front = [] /\ best = here) ->
    scan l r i rest here best passing = best.
  Proof.
    induction rest as [| y rest IH]; intros front here best passing E Rx P.
    - cbn. destruct passing; auto. symmetry. apply P.
    - assert (In y high) as Iy by (rewrite <- E; apply in_or_app; right; now left).
      pose proof (High y Iy) as ny. destruct (proj1 (Line y)) as [Dy ly]; [apply in_or_app; now right |].
      pose proof (not_here ly) as Ny.
      assert (StronglySorted before (front ++ y :: rest)) as S.
      { rewrite E. clear - Sorted. induction low as [| a low' IH]; auto. inversion Sorted. auto. }
      assert (forall x, In x rest -> before y x) as Later.
      { clear - S. induction front as [| a front IH]; cbn in S; inversion S as [| ? ? S' F]; subst; auto.
        rewrite Forall_forall in F. exact F. }
      cbn [scan]. assert ((if passing then best else here) = best) as -> by (destruct passing; [auto | symmetry; apply P]).
      assert ((front ++ [y]) ++ rest = high) as E' by (rewrite <- app_assoc; exact E).
      destruct (compare_origin (Some y) r) eqn:Q; auto.
      2: { exfalso. destruct r as [x |]; [| discriminate]. cbn in Q. apply compare_gt in Q.
           destruct (Rx x eq_refl) as [-> | H]; [exact (before_irrefl Q) | exact (before_asym Q (Later x H))]. }
      assert (forall x, r = Some x -> In x rest) as Rx'.
      { intros x Er. destruct (Rx x Er) as [-> | H]; auto. rewrite Er in Q. cbn in Q. rewrite compare_refl in Q. discriminate. }
      destruct (compare (left_origin y) l) eqn:C; auto.
      + apply compare_eq in C. assert (sibling y) as Z by (split; auto).
        destruct (compare_origin (right_origin y) r) eqn:O.
        * destruct (id_of_char Ny) as [j Ij]. rewrite Ij.
          assert (right_origin y = r) as Or by (now apply compare_origin_eq).
          apply (same_right_origin Z Or Id Ij) in ny. now rewrite ny.
        * apply (IH (front ++ [y])); auto.
        * exfalso. apply (before_asym ny). apply farther_is_before; auto. now apply precedes_flip.
      + (* On the right of a sibling: that one was seen, so the loop is passing. *)
        destruct passing; [apply (IH (front ++ [y])); auto |]. exfalso. destruct P as [-> ->]. cbn in E.
        assert (before l (left_origin y)) as lo by (now apply compare_gt).
        assert (forall z, In z D -> before new z -> z = y \/ before y z) as First.
        { intros z Iz nz. assert (In z (low ++ high)) as H.
          { apply Line. split; auto. eapply before_trans; [apply new_after_l | exact nz]. }
          apply in_app_or in H as [H | H]; [exfalso; exact (before_asym nz (Low z H)) |].
          rewrite <- E in H. destruct H as [-> | H]; auto. }
        destruct (in_subtree_dec l y) as [I | O].
        * destruct (follows_a_sibling Dy ly I) as (z & Z & zy & _ & nz).
          { intro G. rewrite G in lo. exact (before_irrefl lo). }
          destruct (First z) as [-> | G]; [apply Z | auto | exact (before_irrefl zy) | exact (before_asym zy G)].
        * destruct (hangs_right_of_left_origin Known known_sound Dy Ny) as (u & j & s & F).
          assert (before (left_origin y) y) as B by (rewrite F at 2; apply before_right).
          assert (~ in_subtree l (left_origin y)) as O'.
          { intro G. apply O. eapply in_subtree_trans; [exact G |]. rewrite F at 2. apply in_subtree_below. }
          destruct (First (left_origin y)) as [G | G].
          -- now apply left_origin_in; auto using known_sound.
          -- destruct new_right_of_l as (u' & j' & s' & F'). unfold before. rewrite F', (compare_outside O'). exact lo.
          -- rewrite G in B at 1. exact (before_irrefl B).
          -- exact (before_asym B G).
  Qed.
End Arrival.

(** ** The loop finds the place *)

(** For a character that arrives in a text that knows its origins, the loop answers how many of those after the left
    origin stand before the new one: put in there, the line is in order, so it is the line of the text with the new one. *)
Theorem scan_finds_the_place :
  forall D new i front rest, text (new :: D) -> closed D -> ~ In new D -> id_of new = Some i ->
  let l := left_origin new in
  StronglySorted before (front ++ l :: rest) -> (forall p, In p (front ++ l :: rest) <-> In p D) ->
  let k := scan l (right_origin new) i rest 0 0 false in
  StronglySorted before (front ++ l :: firstn k rest ++ new :: skipn k rest).
Proof.
  intros D new i front rest X C N Id l S E k.
  assert (new <> Here) as Char by (intros ->; discriminate).
  destruct (sorted_around _ _ _ S) as (F & SR & R).
  destruct (cut_at new SR) as (low & high & -> & L & M).
  { intro H. apply N, E, in_or_app. right. now right. }
  assert (forall y, In y (low ++ high) <-> In y D /\ before l y) as Line.
  { intro y. split.
    - intro H. split; [apply E, in_or_app; right; now right | now apply R].
    - intros [H B]. apply E in H. apply in_app_or in H as [H | [<- | H]]; auto.
      + exfalso. exact (before_asym B (F y H)).
      + exfalso. exact (before_irrefl B). }
  assert (k = length low) as ->.
  { destruct (pass_low X N Char Id high Line SR L low (seen := []) 0 0 (passing := false) eq_refl) as (best & passing & P & Q); [discriminate |].
    unfold k. fold l in Q. rewrite Q.
    rewrite (not_passing_at_the_place X N C Char high Line L M P).
    assert (forall here best, scan l (right_origin new) i high here best false = scan l (right_origin new) i high here here false) as Any
      by (intros; destruct high; reflexivity).
    rewrite Any, Nat.add_0_r. apply (keep_answer X N C Char Id low Line SR L M high []); auto.
    intros x Er. destruct (arrival_closed X) as (CH & CL & CR).
    assert (In x (new :: D)) as H by (eapply closed_right_origin; [exact (arrival_closed X) | now left | exact Er]).
    pose proof (new_before_r X) as nx. rewrite Er in nx. unfold precedes in nx. cbn in nx.
    destruct H as [<- | H]; [exfalso; exact (before_irrefl nx) |].
    assert (In x (low ++ high)) as G.
    { apply Line. split; auto. eapply before_trans; [exact (new_after_l X Char) | exact nx]. }
    apply in_app_or in G as [G | G]; auto. exfalso. exact (before_asym nx (L x G)). }
  rewrite firstn_app, firstn_all, Nat.sub_diag, skipn_app, skipn_all, Nat.sub_diag. cbn [firstn skipn app]. rewrite app_nil_r.
  change (front ++ l :: low ++ new :: high) with (front ++ (l :: low) ++ new :: high). rewrite app_assoc.
  apply put_between; auto.
  - rewrite <- app_assoc. exact S.
  - intros y H. apply in_app_or in H as [H | [<- | H]]; auto; [| exact (new_after_l X Char)].
    eapply before_trans; [exact (F y H) | exact (new_after_l X Char)].
Qed.
