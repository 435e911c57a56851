//! Maelstrom's wire protocol and the stdin/stdout world for any quipu node.
