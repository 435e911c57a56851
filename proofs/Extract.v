(** * The executable twins as JSON

    Compiling this file writes [specification.json] to the folder it is compiled in. The committed copy beside this file is
    what the tests of [crates/quipu-crdt/tests/oracle] run, by way of the interpreter [crates/quipu-oracle]. *)

From Coq Require Import Extraction NArith.
From Quipu Require Import TwinCounters TwinCausal TwinStores TwinMap TwinBoundedCounter.
From Quipu Require TwinText.

(** The text's definitions under names as the others have them, with the state last and numbers for places. *)
Definition text_bottom : TwinText.text := TwinText.bottom.
Definition text_insert (replica place : N) (chars : list N) (state : TwinText.text) : TwinText.text :=
  TwinText.insert_all state replica (N.to_nat place) chars.
Definition text_delete (place count : N) (state : TwinText.text) : TwinText.text :=
  TwinText.delete state (N.to_nat place) (N.to_nat count).
Definition text_join : TwinText.text -> TwinText.text -> TwinText.text := TwinText.join.
Definition text_value : TwinText.text -> list N := TwinText.document.

Extraction Language JSON.

Extraction "specification"
  g_counter_bottom g_counter_increment g_counter_join g_counter_value
  pn_counter_bottom pn_counter_increment pn_counter_decrement pn_counter_join pn_counter_value
  lww_register_bottom lww_register_set lww_register_join lww_register_value
  g_set_bottom g_set_insert g_set_join g_set_value
  sketch_bottom sketch_add sketch_join sketch_value
  or_set_bottom or_set_add or_set_remove or_set_clear or_set_join or_set_value
  mv_register_bottom mv_register_write mv_register_write_over mv_register_clear mv_register_join mv_register_value
  resettable_counter_bottom resettable_counter_add resettable_counter_reset resettable_counter_join
  resettable_counter_value
  ew_flag_bottom ew_flag_enable ew_flag_disable ew_flag_join ew_flag_value
  dw_flag_bottom dw_flag_enable dw_flag_disable dw_flag_join dw_flag_value
  rw_set_bottom rw_set_add rw_set_remove rw_set_join rw_set_value
  counter_map_bottom counter_map_add counter_map_reset counter_map_remove counter_map_clear counter_map_join
  counter_map_value
  register_map_bottom register_map_write register_map_write_over register_map_remove register_map_join
  register_map_value
  set_map_map_bottom set_map_map_add set_map_map_discard set_map_map_remove_inner set_map_map_remove_outer
  set_map_map_join set_map_map_value
  bounded_counter_bottom bounded_counter_increment bounded_counter_decrement bounded_counter_transfer
  bounded_counter_join bounded_counter_value bounded_counter_rights
  text_bottom text_insert text_delete text_join text_value.
