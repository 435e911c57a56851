(** * There is no other maximally non-interleaving order

    Rust counterpart: none; this is why [crates/quipu-crdt/src/text] has no choice to make.

    Take any order of the characters of a text in which every character stands between its origins and the three
    conditions of [FugueMaximal.v] hold in the text and in every part of it that is a text itself: it is the order of
    [FugueOrder.v] (Weidner and Kleppmann's Theorem 10). The order of [FugueOrder.v] is one, so there is exactly one.

    The one idea: of two characters take all that their authors had known, their _pasts_. Within one past the origins
    settle the order. So what is left, by induction on how much there is in both pasts, is one pair whose authors had
    not known of each other and that has nothing between it; and in each way in which their origins can lie, one of the
    conditions settles that pair.

    Assumed: nothing about ids. As in [FugueMaximal.v], deleted characters count as characters. *)

From Coq Require Import List Lia.
From Quipu Require Import FugueOrder Fugue FugueMaximal.
Import ListNotations.
Set Implicit Arguments.

(** ** The conditions, of any order *)

Section Conditions.
  Variable lt : position -> position -> Prop.
  Variable E : list position.

  Definition forward : Prop := forall B, In B E -> B <> Here ->
    (forall C, In C E -> C <> Here -> left_origin C = left_origin B -> C <> B -> lt B C) ->
    forall y, In y E -> ~ (lt (left_origin B) y /\ lt y B).

  Definition backward : Prop := forall A B, In A E -> A <> Here -> right_origin A = Some B ->
    (forall C, In C E -> C <> Here -> right_origin C = Some B -> C <> A -> lt C A) ->
    (forall y, In y E -> ~ (lt A y /\ lt y B)) \/
    left_origin A <> left_origin B /\
    exists C, In C E /\ lt (left_origin A) C /\ lt C B /\ ~ left_descendant (left_origin A) C.

  Definition ties_by_id : Prop := forall A B i j, In A E -> In B E -> id_of A = Some i -> id_of B = Some j ->
    left_origin A = left_origin B -> right_origin A = right_origin B -> compare_dot i j = Lt -> lt A B.
End Conditions.

(** An order of a text's characters, each between its origins, for which the conditions hold in all its parts. *)
Record maximally_non_interleaving (D : list position) (lt : position -> position -> Prop) : Prop := Maximally {
  lt_irrefl : forall p, In p D -> ~ lt p p;
  lt_trans : forall p q r, In p D -> In q D -> In r D -> lt p q -> lt q r -> lt p r;
  lt_total : forall p q, In p D -> In q D -> lt p q \/ p = q \/ lt q p;
  lt_between : forall p, In p D -> p <> Here -> lt (left_origin p) p /\ forall x, right_origin p = Some x -> lt p x;
  lt_forward : forall E, text E -> incl E D -> forward lt E;
  lt_backward : forall E, text E -> incl E D -> backward lt E;
  lt_ties : forall E, text E -> incl E D -> ties_by_id lt E }.

(** ** What a character's author had known of the others, at least *)

Fixpoint past_of (here p : position) : list position :=
  here :: match p with
          | Here => []
          | Left i rest => past_of (left_child here i) rest
          | Right o i rest =>
              match o with Some x => past_of Here x | None => [] end ++ past_of (right_child here o i) rest
          end.

Definition past (p : position) : list position := past_of Here p.

Fixpoint weight (p : position) : nat :=
  match p with
  | Here => 0
  | Left _ rest => S (weight rest)
  | Right o _ rest => S (match o with Some x => weight x | None => 0 end + weight rest)
  end.

Lemma weight_below p s : weight (below p s) = weight p + weight s.
Proof. induction p; cbn; auto. destruct origin; lia. Qed.

Lemma past_of_here h p : In h (past_of h p).
Proof. destruct p; now left. Qed.

(** What is in a past: it, its parent's, and its right origin's. *)
Lemma past_of_below s : forall h t, incl (past_of h s) (past_of h (below s t)) /\ incl (past_of (below h s) t) (past_of h (below s t)).
Proof.
  induction s as [| i s IH | o i s IH]; intros h t.
  - rewrite below_here. split; [intros x [<- | []]; apply past_of_here | apply incl_refl].
  - cbn [below past_of]. destruct (IH (left_child h i) t) as [A B]. rewrite below_left. split.
    + intros x [<- | H]; [now left | right; auto].
    + intros x H. right. auto.
  - cbn [below past_of]. destruct (IH (right_child h o i) t) as [A B]. rewrite below_right. split.
    + intros x [<- | H]; [now left | right]. apply in_app_or in H as [H | H]; apply in_or_app; auto.
    + intros x H. right. apply in_or_app. auto.
Qed.

Lemma past_of_cases p : forall h q, In q (past_of h p) ->
  (exists s t, p = below s t /\ q = below h s) \/
  (exists s o i t x, p = below s (Right (Some x) i t) /\ o = Some x /\ In q (past x)).
Proof.
  induction p as [| i p IH | o i p IH]; intros h q H; cbn in H; destruct H as [<- | H].
  - left. exists Here, Here. split; [reflexivity | now rewrite below_here].
  - contradiction.
  - left. exists Here, (Left i p). split; [reflexivity | now rewrite below_here].
  - destruct (IH _ _ H) as [(s & t & -> & ->) | (s & u & j & t & x & -> & -> & I)].
    + left. exists (Left i s), t. split; [reflexivity | now rewrite below_left].
    + right. exists (Left i s), (Some x), j, t, x. auto.
  - left. exists Here, (Right o i p). split; [reflexivity | now rewrite below_here].
  - apply in_app_or in H as [H | H].
    + destruct o as [x |]; [| contradiction]. right. exists Here, (Some x), i, p, x. auto.
    + destruct (IH _ _ H) as [(s & t & -> & ->) | (s & u & j & t & x & -> & -> & I)].
      * left. exists (Right o i s), t. split; [reflexivity | now rewrite below_right].
      * right. exists (Right o i s), (Some x), j, t, x. auto.
Qed.

Lemma past_self p : In p (past p).
Proof.
  unfold past. destruct (past_of_below p Here Here) as [_ B]. rewrite below_here in B. apply B. now left.
Qed.

Lemma past_prefix p t : incl (past p) (past (below p t)).
Proof. apply past_of_below. Qed.

Lemma past_origin p x i t : incl (past x) (past (below p (Right (Some x) i t))).
Proof.
  destruct (past_of_below p Here (Right (Some x) i t)) as [_ B]. intros q H. apply B. cbn [past_of]. right.
  apply in_or_app. now left.
Qed.

(** Pasts are within pasts, and whoever has known somebody else has the longer one. *)
Lemma past_inside p : forall q, In q (past p) -> incl (past q) (past p) /\ (q = p \/ weight q < weight p).
Proof.
  induction p as [p IH] using (well_founded_induction (Wf_nat.well_founded_ltof _ weight)). unfold Wf_nat.ltof in IH.
  intros q H. destruct (past_of_cases p Here q H) as [(s & t & -> & ->) | (s & o & i & t & x & -> & _ & I)].
  - cbn. split; [apply past_prefix |]. rewrite weight_below.
    destruct t; [left; now rewrite below_here | right; cbn; lia | right; cbn; lia].
  - assert (weight x < weight (below s (Right (Some x) i t))) as Less by (rewrite weight_below; cbn; lia).
    destruct (IH x Less q I) as [A B]. split.
    + intros z Hz. apply past_origin. auto.
    + right. destruct B as [-> | B]; lia.
Qed.

Lemma past_in_closed D p : closed D -> In p D -> incl (past p) D.
Proof.
  intro C. induction p as [p IH] using (well_founded_induction (Wf_nat.well_founded_ltof _ weight)). unfold Wf_nat.ltof in IH.
  intros H q I. destruct (past_of_cases p Here q I) as [(s & t & -> & ->) | (s & o & i & t & x & -> & _ & J)].
  - cbn. eapply closed_below; eauto.
  - apply (IH x); [rewrite weight_below; cbn; lia | | exact J].
    apply closed_right_child in H; auto. apply C in H as [_ H]. auto.
Qed.

Lemma past_closed p : closed (past p).
Proof.
  split; [apply past_of_here |]. split.
  - intros q i H. apply (past_inside p _ H). apply past_prefix, past_self.
  - intros q o i H. destruct (past_inside p _ H) as [A _]. split; [apply A, past_prefix, past_self |].
    intros x ->. apply A. apply past_origin, past_self.
Qed.

Lemma past_left_origin D p : closed D -> sound D -> In p D -> In (left_origin p) (past p).
Proof.
  intros C S H. destruct (position_eq_dec p Here) as [-> | N]; [now left |].
  destruct (hangs_right_of_left_origin C S H N) as (o & i & s & E). rewrite E at 2. apply past_prefix, past_self.
Qed.

Lemma past_right_origin p x : right_origin p = Some x -> In x (past p).
Proof.
  destruct p as [| q i _ | q o i _] using path_end.
  - discriminate.
  - rewrite right_origin_left. intros [= ->]. apply past_prefix, past_self.
  - rewrite right_origin_right. intros ->. apply past_origin, past_self.
Qed.

(** ** Births *)

(** When a character was put between its origins, they were neighbours. *)
Lemma births D : text D -> forall p, In p D -> p <> Here ->
  exists P, closed (p :: P) /\ neighbours P (left_origin p) (right_origin p).
Proof.
  induction 1 as [| D l r i X IH N | D E _ IHD _ IHE | D E _ IH I _]; intros p H Np.
  - destruct H as [<- | []]. contradiction.
  - destruct (texts_are_closed_and_sound X) as [C S]. destruct H as [<- | H]; [| auto].
    exists D. destruct (origins_are_the_neighbours i C N) as [-> ->]. split; [now apply place_closed | exact N].
  - apply in_app_or in H as [H | H]; auto.
  - auto.
Qed.

(** Of what a character's author had known, nothing stands between its origins. *)
Lemma past_beside D p c : text D -> In p D -> p <> Here -> In c (past p) -> c <> p ->
  before (left_origin p) c -> ~ precedes (Some c) (right_origin p).
Proof.
  intros X H N I Ne B. destruct (births X H N) as (P & C & (_ & _ & _ & Beside)).
  apply Beside; auto. apply (past_in_closed p C (or_introl eq_refl)) in I. destruct I; congruence.
Qed.

(** The order of [FugueOrder.v] is one of these, in every text that can come about. *)
Theorem the_order_is_one : forall D, text D -> maximally_non_interleaving D before.
Proof.
  intros D X. destruct (texts_are_closed_and_sound X) as [C S]. constructor.
  - intros p _. apply before_irrefl.
  - intros p q r _ _ _. apply before_trans.
  - intros p q _ _. apply before_total.
  - intros p H N. destruct (hangs_right_of_left_origin C S H N) as (o & i & s & E). split.
    + rewrite E at 2. apply before_right.
    + intros x R. pose proof (right_origin_after p S H) as A. now rewrite R in A.
  - intros E XE _ B H N First. apply (forward_non_interleaving XE H N eq_refl First).
  - intros E XE _ A B H N R Last. destruct (backward_non_interleaving XE H N R Last) as [[_ G] | G]; auto.
  - intros E XE _ A B i j HA HB IA IB L R Less. exact (same_origins_by_id A B XE HA HB IA IB L R Less).
Qed.

(** ** There is no other *)

Lemma distinct_lengths (A B : list position) b :
  incl A B -> In b B -> ~ In b A -> length (nodup position_eq_dec A) < length (nodup position_eq_dec B).
Proof.
  intros I Hb N. assert (NoDup (b :: nodup position_eq_dec A)) as D.
  { constructor; [now rewrite nodup_In | apply NoDup_nodup]. }
  apply (NoDup_incl_length D). intros x [<- | H]; apply nodup_In; auto. apply I. now apply nodup_In in H.
Qed.

Section Unique.
  Variables (D : list position) (lt : position -> position -> Prop).
  Hypothesis X : text D.
  Hypothesis M : maximally_non_interleaving D lt.

  Lemma D_closed : closed D.
  Proof. apply texts_are_closed_and_sound, X. Qed.

  Lemma D_sound : sound D.
  Proof. apply texts_are_closed_and_sound, X. Qed.

  (** One pair that had not known each other, of which all is known but its own order. *)
  Section Pair.
    Variables a b : position.
    Hypothesis Ha : In a D.
    Hypothesis Hb : In b D.
    Hypothesis ab : before a b.
    Hypothesis a_unknown : ~ In a (past b).
    Hypothesis b_unknown : ~ In b (past a).

    Let E : list position := past a ++ past b.

    (** All other pairs of what the two had known stand in the order of positions. *)
    Hypothesis Others : forall c d, In c E -> In d E -> ~ (c = a /\ d = b) -> before c d -> lt c d.

    Lemma E_in_D : incl E D.
    Proof.
      intros c H. apply in_app_or in H as [H | H]; [exact (past_in_closed a D_closed Ha c H) | exact (past_in_closed b D_closed Hb c H)].
    Qed.

    Lemma E_text : text E.
    Proof.
      apply (part X E_in_D). destruct (past_closed a) as (A1 & A2 & A3), (past_closed b) as (B1 & B2 & B3).
      split; [apply in_or_app; auto |]. split.
      - intros p i H. apply in_or_app. apply in_app_or in H as [H | H]; eauto.
      - intros p o i H. apply in_app_or in H as [H | H]; [destruct (A3 _ _ _ H) | destruct (B3 _ _ _ H)];
          split; intros; apply in_or_app; auto.
    Qed.

    Lemma in_a c : In c (past a) -> In c E.
    Proof. intro H. apply in_or_app. auto. Qed.

    Lemma in_b c : In c (past b) -> In c E.
    Proof. intro H. apply in_or_app. auto. Qed.

    Lemma a_in : In a E.
    Proof. apply in_a, past_self. Qed.

    Lemma b_in : In b E.
    Proof. apply in_b, past_self. Qed.

    Lemma E_lt c d : In c E -> In d E -> lt c d -> c <> d -> ~ (c = b /\ d = a) -> before c d.
    Proof.
      intros Hc Hd L N NP. destruct (before_total c d) as [B | [-> | B]]; auto; [contradiction |].
      exfalso. apply (lt_irrefl M c (E_in_D _ Hc)).
      apply (lt_trans M c d c (E_in_D _ Hc) (E_in_D _ Hd) (E_in_D _ Hc) L). apply Others; auto. tauto.
    Qed.

    Lemma pair_through c : In c E -> before a c -> before c b -> lt a b.
    Proof.
      intros Hc ac cb. apply (lt_trans M a c b Ha (E_in_D _ Hc) Hb).
      - apply Others; auto using a_in. intros [_ ->]. exact (before_irrefl cb).
      - apply Others; auto using b_in. intros [-> _]. exact (before_irrefl ac).
    Qed.

    Lemma a_char : a <> Here.
    Proof. intros ->. apply a_unknown, past_closed. Qed.

    Lemma b_char : b <> Here.
    Proof. intros ->. apply b_unknown, past_closed. Qed.

    Lemma beside_a c : In c (past a) -> c <> a -> before (left_origin a) c -> ~ precedes (Some c) (right_origin a).
    Proof. apply past_beside with D; auto using a_char. Qed.

    Lemma beside_b c : In c (past b) -> c <> b -> before (left_origin b) c -> ~ precedes (Some c) (right_origin b).
    Proof. apply past_beside with D; auto using b_char. Qed.

    (** No third character of [E] stands between the origins of both. *)
    Lemma nothing_beside c : In c E -> c <> a -> c <> b ->
      before (left_origin a) c -> before (left_origin b) c ->
      precedes (Some c) (right_origin a) -> precedes (Some c) (right_origin b) -> False.
    Proof.
      intros H Na Nb la lb ra rb. apply in_app_or in H as [H | H]; [exact (beside_a H Na la ra) | exact (beside_b H Nb lb rb)].
    Qed.

    Lemma precedes_later p q o : before p q -> precedes (Some q) o -> precedes (Some p) o.
    Proof. destruct o as [x |]; [| reflexivity]. unfold precedes. cbn. apply before_trans. Qed.

    Lemma precedes_origin p o o' : precedes (Some p) o -> precedes o o' -> precedes (Some p) o'.
    Proof.
      destruct o as [x |], o' as [y |]; unfold precedes; cbn; intros H G; auto; try discriminate. eapply before_trans; eauto.
    Qed.

    Lemma after_left_origin p : In p D -> p <> Here -> before (left_origin p) p.
    Proof.
      intros H N. destruct (hangs_right_of_left_origin D_closed D_sound H N) as (o & i & s & E'). rewrite E' at 2. apply before_right.
    Qed.

    Lemma descends p q : In p D -> p <> Here -> left_origin p = q -> left_descendant q p.
    Proof.
      intros H N L. destruct (hangs_right_of_left_origin D_closed D_sound H N) as (o & i & s & E'). rewrite L in E'. rewrite E'.
      apply below_left_descendant.
    Qed.

    Lemma pair_is_ordered : lt a b.
    Proof.
      pose proof E_text as XE. pose proof E_in_D as I. destruct (texts_are_closed_and_sound XE) as [C S].
      destruct (lt_total M a b Ha Hb) as [L | [-> | ba]]; auto; [exfalso; exact (before_irrefl ab) |].
      destruct (between_dec E a b) as [(c & Hc & ac & cb) | Adjacent]; [now apply (pair_through Hc) |]. exfalso.
      pose proof a_char as Na. pose proof b_char as Nb.
      assert (a <> b) as Ne by (intros ->; exact (before_irrefl ab)).
      pose proof (after_left_origin Ha Na) as la. pose proof (after_left_origin Hb Nb) as lb.
      pose proof (past_left_origin _ D_closed D_sound Ha) as Ila. pose proof (past_left_origin _ D_closed D_sound Hb) as Ilb.
      assert (precedes (Some a) (right_origin a)) as ra by (apply (right_origin_after a D_sound Ha)).
      assert (precedes (Some b) (right_origin b)) as rb by (apply (right_origin_after b D_sound Hb)).
      assert (precedes (Some b) (right_origin a)) as bra.
      { destruct (right_origin a) as [x |] eqn:R; [| reflexivity]. pose proof (past_right_origin a R) as Ix.
        destruct (before_total b x) as [G | [<- | G]]; [exact G | contradiction | exfalso].
        exact (Adjacent x (in_a _ Ix) (conj ra G)). }
      assert (before (left_origin b) a) as lba.
      { destruct (before_total (left_origin b) a) as [G | [G | G]]; auto; exfalso; [rewrite G in Ilb; contradiction |].
        exact (Adjacent _ (in_b _ Ilb) (conj G lb)). }
      assert (forall c, In c E -> c <> a -> c <> b -> before (left_origin a) c -> before (left_origin b) c ->
                precedes (Some c) (right_origin a) -> precedes (Some c) (right_origin b) -> False) as None3
        by exact nothing_beside.
      destruct (before_total (left_origin a) (left_origin b)) as [Lab | [Lab | Lba]].
      - (* [a]'s left origin is before [b]'s: [b] is the first with its left origin, and [a] stands between. *)
        assert (consecutive E (left_origin b) b) as [_ G]; [| exact (G a a_in (conj lba ab))].
        apply forward_non_interleaving; auto using b_in. intros c Hc Nc Lc Ncb.
        destruct (before_total b c) as [B | [B | B]]; [exact B | congruence | exfalso].
        assert (c <> a) as Nca by (intros ->; rewrite Lc in Lab; exact (before_irrefl Lab)).
        assert (before (left_origin b) c) as lc by (rewrite <- Lc; apply after_left_origin; auto).
        apply (None3 c Hc Nca Ncb); auto.
        + eapply before_trans; eauto.
        + exact (precedes_later B bra).
        + exact (precedes_later B rb).
      - destruct (compare_origin (right_origin a) (right_origin b)) eqn:R.
        + (* The same origins: the ids decide, in both orders. *)
          assert (right_origin a = right_origin b) as Same.
          { destruct (right_origin a) as [x |], (right_origin b) as [y |]; try discriminate; auto. f_equal. now apply compare_eq. }
          destruct (same_origins_same_side C S a_in b_in Na Nb Lab Same) as [(p & i & j & E1 & E2) | (p & o & i & j & E1 & E2)];
            (assert (id_of a = Some i) as Ia by (rewrite E1; unfold left_child, right_child; now rewrite id_of_below));
            (assert (id_of b = Some j) as Ib by (rewrite E2; unfold left_child, right_child; now rewrite id_of_below));
            destruct (compare_dot i j) eqn:Q;
            try (apply compare_dot_eq in Q; subst j; congruence);
            try exact (lt_irrefl M b Hb (lt_trans M b a b Hb Ha Hb ba (lt_ties M XE I a b a_in b_in Ia Ib Lab Same Q)));
            (apply (before_asym ab); apply (same_origins_by_id b a XE b_in a_in Ib Ia (eq_sym Lab) (eq_sym Same));
             rewrite (compare_dot_opp i j), Q; reflexivity).
        + (* [a]'s right origin is nearer: [a] is the last with it, and [b] stands between, in the order of positions. *)
          destruct (right_origin a) as [x |] eqn:Ra; [| destruct (right_origin b); discriminate].
          destruct (backward_non_interleaving XE a_in Na Ra) as [[_ G] | (_ & c & Hc & lc & cx & ND)].
          * intros c Hc Nc Rc Nca. destruct (before_total c a) as [B | [B | B]]; [exact B | congruence | exfalso].
            assert (c <> b) as Ncb by (intros ->; rewrite Rc, compare_origin_refl in R; discriminate).
            pose proof (right_origin_after c D_sound (I c Hc)) as cx. rewrite Rc in cx.
            apply (None3 c Hc Nca Ncb); auto.
            -- exact (before_trans la B).
            -- rewrite <- Lab. exact (before_trans la B).
            -- exact (precedes_origin (o := Some x) cx R).
          * exact (G b b_in (conj ab bra)).
          * assert (c <> a) as Nca by (intros ->; apply ND, descends; auto).
            assert (c <> b) as Ncb by (intros ->; apply ND, descends; auto).
            apply (None3 c Hc Nca Ncb); auto; [now rewrite <- Lab | exact (precedes_origin (o := Some x) cx R)].
        + (* [b]'s right origin is nearer: [b] is the last with it, and [a] stands between, in the other order. *)
          assert (precedes (right_origin b) (right_origin a)) as R'.
          { destruct (right_origin a) as [x |], (right_origin b) as [y |]; try discriminate; try reflexivity. cbn in R. now apply compare_gt. }
          destruct (right_origin b) as [y |] eqn:Rb; [| destruct (right_origin a); discriminate].
          pose proof (past_right_origin b Rb) as Iy. assert (b <> y) as Nby by (intros <-; exact (before_irrefl rb)).
          assert (a <> y) as Nay by (intros <-; contradiction).
          destruct (lt_backward M XE I b_in Nb Rb) as [G | (_ & c & Hc & lc & cy & ND)].
          * intros c Hc Nc Rc Ncb.
            assert (c <> a) as Nca by (intros ->; rewrite Rc, compare_origin_refl in R; discriminate).
            destruct (before_total c b) as [B | [B | B]]; [apply Others; auto using b_in; tauto | congruence | exfalso].
            pose proof (right_origin_after c D_sound (I c Hc)) as cy. rewrite Rc in cy.
            apply (None3 c Hc Nca Ncb); auto.
            -- rewrite Lab. exact (before_trans lb B).
            -- exact (before_trans lb B).
            -- exact (precedes_origin (o := Some y) cy R').
          * apply (G a a_in). split; [exact ba |]. apply Others; auto using a_in, in_b; [intros [_ F]; congruence |].
            eapply before_trans; [exact ab | exact rb].
          * assert (c <> a) as Nca by (intros ->; apply ND, descends; auto).
            assert (c <> b) as Ncb by (intros ->; apply ND, descends; auto).
            assert (before (left_origin b) c) as lbc.
            { apply E_lt; auto using in_b; [| tauto]. intro F. rewrite <- F in lc. exact (lt_irrefl M _ (I _ (in_b _ Ilb)) lc). }
            assert (before c y) as cby.
            { apply E_lt; auto using in_b; [| tauto]. intro F. rewrite F in cy. exact (lt_irrefl M _ (I _ (in_b _ Iy)) cy). }
            apply (None3 c Hc Nca Ncb); auto; [now rewrite Lab | exact (precedes_origin (o := Some y) cby R')].
      - (* [b]'s left origin is before [a]'s: [a] is the first with its own, and [b] stands between, in the other order. *)
        assert (left_origin a <> a) as Nl by (intro F; rewrite F in la; exact (before_irrefl la)).
        apply (lt_forward M XE I a_in Na) with b; [| exact b_in |].
        + intros c Hc Nc Lc Nca. assert (c <> b) as Ncb by (intros ->; rewrite Lc in Lba; exact (before_irrefl Lba)).
          destruct (before_total a c) as [B | [B | B]]; [apply Others; auto using a_in; tauto | congruence | exfalso].
          assert (before (left_origin a) c) as lc by (rewrite <- Lc; apply after_left_origin; auto).
          apply (None3 c Hc Nca Ncb); auto.
          * eapply before_trans; eauto.
          * exact (precedes_later B ra).
          * apply (precedes_later (q := b)); [eapply before_trans; eauto | exact rb].
        + split; [| exact ba]. apply Others; auto using in_a, b_in; [tauto |]. eapply before_trans; eauto.
    Qed.
  End Pair.

  Lemma ordered a b : In a D -> In b D -> before a b -> lt a b.
  Proof.
    remember (length (nodup position_eq_dec (past a ++ past b))) as n eqn:Size. revert a b Size.
    induction n as [n IH] using (well_founded_induction Wf_nat.lt_wf). intros a b -> Ha Hb ab.
    assert (a <> b) as Ne by (intros ->; exact (before_irrefl ab)).
    pose proof D_closed as C. pose proof D_sound as S.
    assert (forall p q z, In q (past p) -> q <> p -> In p (past z) -> incl (past q) (past z) /\ ~ In p (past q)) as Older.
    { intros p q z Hq N Hp. destruct (past_inside p q Hq) as [A [-> | W]]; [contradiction |].
      split; [intros x H; apply (past_inside z p Hp), A, H |].
      intro H. destruct (past_inside q p H) as [_ [-> | W']]; lia. }
    destruct (in_dec position_eq_dec a (past b)) as [Ia | Na].
    - (* [b]'s author had known [a]. *)
      assert (b <> Here) as Nb.
      { intros ->. destruct (beginning_is_first a C S Ha) as [-> | G]; [contradiction | exact (before_asym ab G)]. }
      destruct (lt_between M Hb Nb) as [lb _]. pose proof (past_left_origin _ C S Hb) as Il.
      pose proof (past_in_closed b C Hb _ Il) as Dl.
      destruct (hangs_right_of_left_origin C S Hb Nb) as (o & i & s & E).
      assert (before (left_origin b) b) as llb by (rewrite E at 2; apply before_right).
      destruct (before_total a (left_origin b)) as [al | [F | la]]; [| now rewrite F | exfalso].
      + apply (lt_trans M a (left_origin b) b Ha Dl Hb); [| exact lb].
        assert (left_origin b <> b) as Nl by (intro F; rewrite F in llb; exact (before_irrefl llb)).
        destruct (Older b a b Ia Ne (past_self b)) as [A1 A2], (Older b (left_origin b) b Il Nl (past_self b)) as [B1 B2].
        eapply IH; [| reflexivity | exact Ha | exact Dl | exact al]. apply distinct_lengths with b.
        * intros x H. apply in_or_app. apply in_app_or in H as [H | H]; right; auto.
        * apply in_or_app. right. apply past_self.
        * intro H. apply in_app_or in H as [H | H]; contradiction.
      + apply (past_beside X Hb Nb Ia Ne la). pose proof (right_origin_after b S Hb) as rb.
        destruct (right_origin b) as [x |]; [exact (before_trans ab rb) | reflexivity].
    - destruct (in_dec position_eq_dec b (past a)) as [Ib | Nb].
      + (* [a]'s author had known [b]. *)
        assert (a <> Here) as Nah by (intros ->; apply Na, past_closed).
        destruct (lt_between M Ha Nah) as [_ ra].
        destruct (hangs_right_of_left_origin C S Ha Nah) as (o & i & s & E).
        assert (before (left_origin a) a) as lla by (rewrite E at 2; apply before_right).
        pose proof (past_beside X Ha Nah Ib (not_eq_sym Ne) (before_trans lla ab)) as Beyond.
        destruct (right_origin a) as [x |] eqn:R; [| exfalso; apply Beyond; reflexivity].
        pose proof (past_right_origin a R) as Ix. pose proof (past_in_closed a C Ha _ Ix) as Dx.
        destruct (before_total x b) as [xb | [<- | bx]]; [| now apply ra | contradiction].
        apply (lt_trans M a x b Ha Dx Hb); [now apply ra |].
        assert (x <> a) as Nx.
        { intros ->. pose proof (right_origin_after a S Ha) as G. rewrite R in G. exact (before_irrefl G). }
        destruct (Older a x a Ix Nx (past_self a)) as [A1 A2], (Older a b a Ib (not_eq_sym Ne) (past_self a)) as [B1 B2].
        eapply IH; [| reflexivity | exact Dx | exact Hb | exact xb]. apply distinct_lengths with a.
        * intros z H. apply in_or_app. left. apply in_app_or in H as [H | H]; auto.
        * apply in_or_app. left. apply past_self.
        * intro H. apply in_app_or in H as [H | H]; contradiction.
      + (* Neither: every other pair of their pasts leaves out one of them. *)
        apply pair_is_ordered; auto. intros c d Hc Hd Np cd.
        assert (forall z, In z (past a ++ past b) -> incl (past z) (past a ++ past b)) as Within.
        { intros z H y Hy. apply in_or_app. apply in_app_or in H as [H | H]; [left | right]; now apply (past_inside _ z H). }
        assert (forall z, In z (past a ++ past b) -> z <> b -> ~ In b (past z)) as NoB.
        { intros z H N K. apply in_app_or in H as [H | H]; [apply Nb; now apply (past_inside a z H) |].
          destruct (Older b z b H N (past_self b)). contradiction. }
        assert (forall z, In z (past a ++ past b) -> z <> a -> ~ In a (past z)) as NoA.
        { intros z H N K. apply in_app_or in H as [H | H]; [| apply Na; now apply (past_inside b z H)].
          destruct (Older a z a H N (past_self a)). contradiction. }
        assert (incl (past c ++ past d) (past a ++ past b)) as Part.
        { intros z H. apply in_app_or in H as [H | H]; [exact (Within c Hc z H) | exact (Within d Hd z H)]. }
        assert (In c D /\ In d D) as [Dc Dd].
        { assert (incl (past a ++ past b) D) as ID; [| auto].
          intros z H. apply in_app_or in H as [H | H]; [exact (past_in_closed a C Ha z H) | exact (past_in_closed b C Hb z H)]. }
        assert (~ In b (past c ++ past d) \/ ~ In a (past c ++ past d)) as [Out | Out].
        { destruct (position_eq_dec c b) as [-> | Ncb], (position_eq_dec d b) as [-> | Ndb].
          - exfalso. exact (before_irrefl cd).
          - right. intro H. assert (d <> a) as Nda by (intros ->; exact (before_asym ab cd)).
            apply in_app_or in H as [H | H]; [contradiction | exact (NoA d Hd Nda H)].
          - right. intro H. assert (c <> a) as Nca by (intros ->; tauto).
            apply in_app_or in H as [H | H]; [exact (NoA c Hc Nca H) | contradiction].
          - left. intro H. apply in_app_or in H as [H | H]; [exact (NoB c Hc Ncb H) | exact (NoB d Hd Ndb H)]. }
        * eapply IH; [| reflexivity | exact Dc | exact Dd | exact cd]. apply distinct_lengths with b; auto.
          apply in_or_app. right. apply past_self.
        * eapply IH; [| reflexivity | exact Dc | exact Dd | exact cd]. apply distinct_lengths with a; auto.
          apply in_or_app. left. apply past_self.
  Qed.
End Unique.

(** There is no other: an order that is maximally non-interleaving in a text that can come about is the order of
    positions. *)
Theorem there_is_no_other :
  forall D lt, text D -> maximally_non_interleaving D lt -> forall a b, In a D -> In b D -> (lt a b <-> before a b).
Proof.
  intros D lt X M a b Ha Hb. split; [| now apply (ordered X M)]. intro L.
  destruct (before_total a b) as [B | [-> | B]]; auto; exfalso.
  - exact (lt_irrefl M b Hb L).
  - apply (lt_irrefl M a Ha). exact (lt_trans M a b a Ha Hb Ha L (ordered X M Hb Ha B)).
Qed.
