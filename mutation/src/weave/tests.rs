use super::*;
use crate::list::tests::mutant;

fn woven(text: &str, mutants: &[Mutant]) -> String {
    let numbered: Vec<(u32, &Mutant)> = (1..).zip(mutants).collect();
    let woven = weave(text, Changes { mutants: &numbered, ..Changes::default() }).unwrap();
    assert_eq!(woven.unviable, [0_u32; 0]);
    syn::parse_file(&woven.text).unwrap();
    for (lines, number) in &woven.lines {
        let of_it: Vec<&str> = woven.text.lines().skip(lines.start - 1).take(lines.len()).collect();
        assert!(!of_it.concat().trim().is_empty(), "{number}: {of_it:?}");
    }
    woven.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_operator_has_all_its_alternatives_and_itself() {
    let text = "fn f() -> bool { 1 < 2 + 3 }";
    let mutants = [
        mutant(Genre::BinaryOperator, (20, 21), ">"),
        mutant(Genre::BinaryOperator, (20, 21), "<="),
        mutant(Genre::BinaryOperator, (24, 25), "-"),
    ];
    let expected = "fn f() -> bool { (if crate::mutant::on(1) { 1 > 2 + 3 } else if crate::mutant::on(2) { 1 <= 2 + 3 } \
         else {1 < (if crate::mutant::on(3) { 2 - 3 } else {2 + 3})}) }";
    assert_eq!(woven(text, &mutants), expected);
}

#[test]
fn functions_arms_guards_and_negations_have_their_switches() {
    let text = "fn f(x: u8) -> bool { match x { 1 => true, n if !g(n) => false, _ => true } }";
    let mutants = [
        mutant(Genre::FnValue, (23, 76), "true"),
        mutant(Genre::MatchArm, (33, 43), ""),
        mutant(Genre::MatchArmGuard, (49, 54), "false"),
        mutant(Genre::UnaryOperator, (49, 50), ""),
    ];
    let expected = "fn f(x: u8) -> bool { if crate::mutant::on(1) { return true; } match x { 1 if !crate::mutant::on(2) \
         => true, n if (if crate::mutant::on(3) { false } else if crate::mutant::on(4) { g(n) } else {!g(n)}) => \
         false, _ => true } }";
    assert_eq!(woven(text, &mutants), expected);
}

#[test]
fn a_field_that_the_base_would_give_can_be_left_to_it() {
    let text = "fn f(s: S) -> S { S { a: 1, ..s } }";
    let expected = "fn f(s: S) -> S { (if crate::mutant::on(1) { S { ..s } } else {S { a: 1, ..s }}) }";
    assert_eq!(woven(text, &[mutant(Genre::StructField, (23, 28), "")]), expected);
}

#[test]
fn an_or_in_a_chain_with_a_let_is_no_rust() {
    let text = "fn f(x: Option<u8>) -> u8 { if let Some(y) = x && y > 1 { y } else { 0 } }";
    let or = mutant(Genre::BinaryOperator, (49, 51), "||");
    let woven = weave(text, Changes { mutants: &[(5, &or)], ..Changes::default() }).unwrap();
    assert_eq!((woven.unviable, woven.text), (vec![5], text.to_owned()));
}

#[test]
fn another_body_of_a_function_is_one_more_way_through_it() {
    let (text, other) = ("fn f() -> u8 {\n    1\n}\nfn g() {}\n", "fn f() -> u8 {\n    2\n}\nfn g() {}\n");
    let bodies = bodies(text, other).unwrap();
    let changes = Changes { bodies: &[(7, bodies[0].clone())], ..Changes::default() };
    let woven = weave(text, changes).unwrap().text;
    let expected = "fn f() -> u8 { if crate::mutant::on(7) { return { 2 }; } 1 } fn g() {}";
    assert_eq!((bodies.len(), &*woven.split_whitespace().collect::<Vec<_>>().join(" ")), (1, expected));
}

#[test]
fn a_change_outside_of_bodies_cannot_be_switched() {
    assert!(bodies("fn f() {}", "fn f(x: u8) {}").unwrap_err().contains("other than the bodies"));
    assert!(bodies("fn f() -> impl Copy { 1 }", "fn f() -> impl Copy { 2 }").unwrap_err().contains("`f`"));
}
