//! The interpreter on small definitions, each of a form that Coq writes, and on files that Coq would not write.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use quipu_oracle::{CallError, LoadError, Shape, Specification, Value};
use serde_json::{Value as Json, json};

fn local(name: &str) -> Json {
    json!({ "what": "expr:rel", "name": name })
}

fn global(name: &str) -> Json {
    json!({ "what": "expr:global", "name": name })
}

fn apply(function: &Json, arguments: &[Json]) -> Json {
    json!({ "what": "expr:apply", "func": function, "args": arguments })
}

fn lambda(parameters: &[&str], body: &Json) -> Json {
    json!({ "what": "expr:lambda", "argnames": parameters, "body": body })
}

fn constructor(name: &str, fields: &[Json]) -> Json {
    json!({ "what": "expr:constructor", "name": name, "args": fields })
}

/// A match on a list: what to do if there is nothing, and with `head` and `rest`.
fn on_list(list: &Json, nothing: &Json, something: &Json) -> Json {
    json!({ "what": "expr:case", "expr": list, "cases": [
        { "what": "case", "pat": { "what": "pat:constructor", "name": "Nil", "argnames": [] }, "body": nothing },
        { "what": "case", "pat": { "what": "pat:constructor", "name": "Cons", "argnames": ["head", "rest"] },
          "body": something } ] })
}

fn term(name: &str, value: &Json) -> Json {
    json!({ "what": "decl:term", "name": name, "value": value })
}

fn file(declarations: &[Json]) -> String {
    json!({ "what": "module", "name": "Main", "declarations": declarations }).to_string()
}

fn specification(declarations: &[Json]) -> Specification {
    Specification::parse(&file(declarations)).unwrap()
}

/// A list reversed onto another.
fn reverse() -> Json {
    let step =
        apply(&global("reverse"), &[local("rest"), constructor("Cons", &[local("head"), local("done")])]);
    json!({ "what": "decl:fixgroup", "fixlist": [ { "what": "fixgroup:item", "name": "reverse",
        "value": lambda(&["list", "done"], &on_list(&local("list"), &local("done"), &step)) } ] })
}

fn numbers(count: u64) -> Value {
    (0..count).collect::<Vec<u64>>().value().unwrap()
}

#[test]
fn a_recursive_definition_runs() {
    let specification = specification(&[json!({ "what": "decl:type", "name": "any" }), reverse()]);
    let reversed = specification.call("reverse", &[numbers(1000), numbers(0)]).unwrap();
    assert_eq!(Vec::<u64>::read(&reversed).unwrap(), (0..1000).rev().collect::<Vec<_>>());
    assert_eq!(specification.names().collect::<Vec<_>>(), ["reverse"]);
}

/// `even` and `odd` of a list's length, each known to the other and to nobody else.
#[test]
fn a_fix_inside_of_a_definition_runs() {
    let other = |name| apply(&local(name), &[local("rest")]);
    let item = |name, nothing: &str, next| {
        let body = on_list(&local("list"), &constructor(nothing, &[]), &other(next));
        json!({ "what": "fix:item", "name": name, "body": lambda(&["list"], &body) })
    };
    let fix = json!({ "what": "expr:fix", "for": 1,
        "funcs": [item("even", "True", "odd"), item("odd", "False", "even")] });
    let specification = specification(&[term("odd_length", &lambda(&[], &fix))]);
    for count in 0..5 {
        let odd = specification.call("odd_length", &[numbers(count)]).unwrap();
        assert_eq!(bool::read(&odd), Ok(count % 2 == 1));
    }
}

#[test]
fn functions_take_fewer_and_more_arguments_than_they_have_parameters() {
    let first = term("first", &lambda(&["x", "y"], &local("x")));
    let constant = term("constant", &lambda(&["f", "x"], &apply(&local("f"), &[local("x")])));
    // `constant first 7` waits for an argument more; `constant first 7 8` gets it.
    let specification =
        specification(&[first, constant, term("seven", &apply(&global("constant"), &[global("first")]))]);
    let waiting = specification.call("seven", &[7_u64.value().unwrap()]).unwrap();
    assert!(waiting.parts().is_none() && waiting != waiting.clone());
    assert_eq!(waiting.to_string(), "a function");
    let seven = specification.call("seven", &[7_u64, 8].map(|number| number.value().unwrap())).unwrap();
    assert_eq!(u64::read(&seven), Ok(7));
}

#[test]
fn the_innermost_variable_of_a_name_is_meant() {
    let inner = json!({ "what": "expr:let", "name": "x", "nameval": constructor("Cons", &[local("x"), local("y")]),
        "body": local("x") });
    let wild = json!({ "what": "expr:case", "expr": inner, "cases": [
        { "what": "case", "pat": { "what": "pat:constructor", "name": "Nil", "argnames": [] }, "body": local("x") },
        { "what": "case", "pat": { "what": "pat:rel", "name": "y" }, "body": constructor("Pair", &[local("x"), local("y")]) },
        { "what": "case", "pat": { "what": "pat:wild" }, "body": local("x") } ] });
    let specification = specification(&[term("shadow", &lambda(&["x", "y"], &wild))]);
    let result = specification.call("shadow", &[5_u64.value().unwrap(), numbers(1)]).unwrap();
    assert_eq!(result.to_string(), "(5, [5; 0])");
}

#[test]
fn a_file_that_is_not_understood_is_refused() {
    let refused = |declarations: &[Json]| Specification::parse(&file(declarations)).unwrap_err().to_string();
    assert!(matches!(Specification::parse("{"), Err(LoadError::NotUnderstood(_))));
    assert!(refused(&[term("a", &json!({ "what": "expr:axiom" }))]).contains("unknown variant `expr:axiom`"));
    assert_eq!(refused(&[term("a", &local("x"))]), "`x` is used and not defined");
    assert_eq!(refused(&[term("a", &global("b"))]), "`b` is used and not defined");
    assert_eq!(refused(&[reverse(), reverse()]), "`reverse` is defined twice");
    let fix = json!({ "what": "expr:fix", "funcs": [], "for": 0 });
    assert_eq!(refused(&[term("a", &fix)]), "a `fix` means function 0, which it does not have");
    // A thousand lambdas in one another are deeper than Coq writes.
    let deep = (0..1000).fold(local("x"), |body, _| lambda(&["x"], &body));
    assert!(refused(&[term("a", &deep)]).contains("recursion limit"));
}

#[test]
fn a_call_that_makes_no_sense_is_an_error() {
    let call = |value: &Json, arguments: &[Value]| {
        specification(&[term("a", value)]).call("a", arguments).unwrap_err()
    };
    let list = numbers(1);
    assert_eq!(call(&constructor("Nil", &[]), std::slice::from_ref(&list)), CallError::NotAFunction);
    assert_eq!(
        call(&apply(&constructor("Nil", &[]), &[constructor("Nil", &[])]), &[]),
        CallError::NotAFunction
    );
    let matching = lambda(&["x"], &on_list(&local("x"), &local("x"), &local("x")));
    assert_eq!(call(&matching, &[7_u64.value().unwrap()]), CallError::NoBranch("Npos".into()));
    let short = Value::constructor("Cons", vec![]).unwrap();
    assert_eq!(call(&matching, &[short]), CallError::NoBranch("Cons".into()));
    let on_itself = apply(&matching, std::slice::from_ref(&matching));
    assert_eq!(call(&on_itself, &[]), CallError::MatchOnFunction);
    // A function of one specification in another, whose code has no such place.
    let function = specification(&[reverse()]).call("reverse", &[]).unwrap();
    let elsewhere =
        specification(&[term("apply", &lambda(&["f"], &apply(&local("f"), &[local("f"), local("f")])))]);
    assert!(elsewhere.call("apply", &[function]).is_err());
}

#[test]
fn what_goes_too_deep_or_takes_too_long_is_an_error() {
    let endless = term("endless", &lambda(&["x"], &apply(&global("endless"), &[local("x")])));
    let again = apply(&global("nested"), &[local("x")]);
    let nested = term("nested", &lambda(&["x"], &constructor("S", &[again])));
    let grow = apply(&global("grow"), &[constructor("S", &[local("x")])]);
    let grow = term("grow", &lambda(&["x"], &grow));
    let specification = specification(&[endless, nested, grow]);
    let call = |name| specification.call(name, &[().value().unwrap()]).unwrap_err();
    assert_eq!(call("endless"), CallError::TooLong);
    assert_eq!(call("nested"), CallError::TooDeep);
    assert_eq!(call("grow"), CallError::TooDeep);
}

#[test]
fn the_deepest_values_are_compared_shown_and_dropped() {
    let units = |count| vec![(); count].value().unwrap();
    let (one, other) = (units(Value::DEPTH - 1), units(Value::DEPTH - 1));
    assert!(one == other && one != units(Value::DEPTH - 2));
    assert_eq!(one.to_string().len(), 4 * (Value::DEPTH - 1));
    assert_eq!(vec![(); Value::DEPTH].value().unwrap_err(), CallError::TooDeep);
    let chain =
        (1..Value::DEPTH).try_fold(numbers(0), |inner, _| Value::constructor("S", vec![inner])).unwrap();
    assert_eq!(chain.to_string().len(), 3 + 4 * (Value::DEPTH - 1) - 1);
}

#[test]
fn values_come_back_as_they_were() {
    fn same<T: Shape + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
        let built = value.value().unwrap();
        assert_eq!(built.to_string(), text);
        assert_eq!(T::read(&built).unwrap(), *value);
    }
    same(&0_u8, "0");
    same(&u8::MAX, "255");
    same(&1000_u16, "1000");
    same(&u64::MAX, "18446744073709551615");
    same(&u128::MAX, "340282366920938463463374607431768211455");
    same(&i64::MIN, "-9223372036854775808");
    same(&i128::MAX, "170141183460469231731687303715884105727");
    same(&i128::MIN, "-170141183460469231731687303715884105728");
    same(&0_i64, "0");
    same(&(), "tt");
    same(&vec![(1_u64, Some(true)), (2, None)], "[(1, (Some true)); (2, None)]");
    assert_eq!(
        u8::read(&256_u64.value().unwrap()).unwrap_err().to_string(),
        "`Npos` with 1 fields is not a natural number of 8 bits"
    );
    assert!(bool::read(&numbers(0)).is_err() && <()>::read(&numbers(0)).is_err());
    assert!(Vec::<u64>::read(&true.value().unwrap()).is_err() && Option::<u64>::read(&numbers(0)).is_err());
    assert!(<(u64, u64)>::read(&numbers(2)).is_err() && i64::read(&numbers(0)).is_err());
    assert!(i64::read(&i128::MAX.value().unwrap()).is_err());
}
