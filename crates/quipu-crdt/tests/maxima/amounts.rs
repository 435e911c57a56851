//! Decimal amounts and their replicated sum.

use std::num::NonZeroU32;

use proptest::prelude::*;
use quipu_crdt::{
    Amount, AmountCounter, AmountOverflow, Lattice, NoWeight, Overflow, ParseAmountError, ReplicaId, Unit,
};

use crate::execution::{Change, Subject, check, config, scripts};
use crate::replica;

pub(crate) enum Eur {}

impl Unit for Eur {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

enum Yen {}

impl Unit for Yen {
    const CODE: &'static str = "JPY";
    const SCALE: u8 = 0;
}

enum Fine {}

impl Unit for Fine {
    const CODE: &'static str = "x";
    const SCALE: u8 = 38;
}

impl Subject for AmountCounter<Eur> {
    type Edit = i64;
    type Local = ();
    type Outcome = ();

    fn edit(&mut self, replica: ReplicaId, (): &mut (), cents: &i64) -> Option<(Self, ())> {
        Some((self.add(replica, Amount::from_minor((*cents).into())).expect("small"), ()))
    }

    fn assert_says(&self, changes: &[&Change<Self>]) {
        let sum: i128 = changes.iter().map(|change| i128::from(change.edit)).sum();
        assert_eq!(self.value(), Amount::from_minor(sum));
    }
}

fn eur(text: &str) -> Amount<Eur> {
    text.parse().expect(text)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_sum_of_amounts_obeys_its_laws(script in scripts(-3..4_i64)) {
        check::<AmountCounter<Eur>>(&script);
    }

    #[test]
    fn text_comes_back(minor in any::<i128>()) {
        prop_assert_eq!(eur(&Amount::<Eur>::from_minor(minor).to_string()).minor(), minor);
        prop_assert_eq!(Amount::<Yen>::from_minor(minor).to_string().parse(), Ok(Amount::<Yen>::from_minor(minor)));
        prop_assert_eq!(Amount::<Fine>::from_minor(minor).to_string().parse(), Ok(Amount::<Fine>::from_minor(minor)));
    }

    #[test]
    fn no_text_panics(text in "[-+0-9. EUR]{0,60}") {
        if let Ok(amount) = text.parse::<Amount<Eur>>() {
            prop_assert_eq!(eur(&amount.to_string()), amount);
        }
    }

    #[test]
    fn equal_parts_add_up_and_differ_by_one_at_most(minor in any::<i128>(), parts in 1..200_u32) {
        let amount = Amount::<Eur>::from_minor(minor);
        let parts: Vec<_> = amount.split(NonZeroU32::new(parts).expect("above zero")).collect();
        prop_assert_eq!(Amount::checked_sum(parts.iter().copied()), Ok(amount));
        let (least, most) = (parts.iter().min().expect("one"), parts.iter().max().expect("one"));
        prop_assert!(most.minor() - least.minor() <= 1);
    }

    /// Each part is its exact share rounded down or up, which pins the method together with the sum.
    #[test]
    fn parts_by_ratio_add_up_and_are_within_one_of_their_share(
        minor in -1_000_000..1_000_000_i128,
        weights in proptest::collection::vec(0..1000_u32, 1..20),
    ) {
        let amount = Amount::<Eur>::from_minor(minor);
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let Ok(parts) = amount.split_by_ratio(&weights) else {
            prop_assert_eq!(total, 0);
            return Ok(());
        };
        prop_assert_eq!(Amount::checked_sum(parts.iter().copied()), Ok(amount));
        for (part, weight) in parts.iter().zip(&weights) {
            let share = minor * i128::from(*weight);
            prop_assert!((part.minor() * total - share).abs() < total);
        }
        let mirrored = Amount::<Eur>::from_minor(-minor).split_by_ratio(&weights).expect("as above");
        prop_assert!(parts.iter().zip(&mirrored).all(|(part, mirror)| part.minor() == -mirror.minor()));
    }
}

#[test]
fn amounts_are_read_with_up_to_all_decimals_and_written_with_all() {
    for (text, minor) in
        [("12.34", 1234), ("12.3", 1230), ("12", 1200), ("-0.05 EUR", -5), ("0", 0), ("007", 700)]
    {
        assert_eq!(eur(text).minor(), minor, "{text}");
    }
    assert_eq!(eur("-0.05").to_string(), "-0.05 EUR");
    assert_eq!(eur("-0").to_string(), "0.00 EUR");
    assert_eq!(Amount::<Yen>::from_minor(-12).to_string(), "-12 JPY");
    assert_eq!(
        Amount::<Eur>::from_minor(i128::MIN).to_string().len(),
        "-1701411834604692317316873037158841057.28 EUR".len()
    );
}

#[test]
fn what_is_no_amount_is_named() {
    for text in [
        "", "-", ".", "12.", ".5", "1e5", "1,5", "+1", " 1", "1.2.3", "--1", "0x10", "\u{661}", "NaN", "1.-5",
    ] {
        assert_eq!(text.parse::<Amount<Eur>>(), Err(ParseAmountError::NotANumber), "{text:?}");
    }
    for text in ["12.345", "12.340"] {
        assert_eq!(text.parse::<Amount<Eur>>(), Err(ParseAmountError::TooManyDecimals { scale: 2 }));
    }
    assert_eq!("1.0".parse::<Amount<Yen>>(), Err(ParseAmountError::TooManyDecimals { scale: 0 }));
    for text in ["1 USD", "1 ", "1 EUR ", "1  EUR"] {
        assert_eq!(
            text.parse::<Amount<Eur>>(),
            Err(ParseAmountError::OtherUnit { expected: "EUR" }),
            "{text:?}"
        );
    }
    let (largest, smallest) = (i128::MAX.to_string(), i128::MIN.to_string());
    assert_eq!(largest.parse::<Amount<Yen>>().map(Amount::minor), Ok(i128::MAX));
    assert_eq!(smallest.parse::<Amount<Yen>>().map(Amount::minor), Ok(i128::MIN));
    for text in
        [format!("{largest}0"), "170141183460469231731687303715884105728".into(), largest.clone() + ".5"]
    {
        let error = text.parse::<Amount<Eur>>().expect_err("too large");
        assert_eq!(error, ParseAmountError::OutOfRange, "{text}");
    }
    assert_eq!("2".parse::<Amount<Fine>>(), Err(ParseAmountError::OutOfRange));
}

#[test]
fn arithmetic_that_does_not_fit_is_an_error() {
    let (largest, smallest) = (Amount::<Eur>::from_minor(i128::MAX), Amount::<Eur>::from_minor(i128::MIN));
    assert_eq!(largest.checked_add(eur("0.01")), Err(AmountOverflow));
    assert_eq!(smallest.checked_sub(eur("0.01")), Err(AmountOverflow));
    assert_eq!(smallest.checked_mul(-1), Err(AmountOverflow));
    assert_eq!(largest.checked_add(smallest).map(Amount::minor), Ok(-1));
    assert_eq!(eur("19.99").checked_mul(3), Ok(eur("59.97")));
    assert_eq!(Amount::checked_sum([largest, eur("0.01")]), Err(AmountOverflow));
}

#[test]
fn splits_give_what_is_left_to_the_largest_remainders_earlier_ones_first() {
    let minor = |parts: Vec<Amount<Eur>>| parts.into_iter().map(Amount::minor).collect::<Vec<_>>();
    let three = NonZeroU32::new(3).expect("above zero");
    assert_eq!(minor(eur("-0.05").split(three).collect()), [-2, -2, -1]);
    assert_eq!(minor(eur("0.01").split(three).collect()), [1, 0, 0]);
    // Shares 1.25, 3.75, 5: what is left goes to the second.
    assert_eq!(minor(eur("0.10").split_by_ratio(&[1, 3, 4]).expect("weights")), [1, 4, 5]);
    // Shares 2.5 and 2.5: equal remainders, the earlier one. A part of weight zero never gets any.
    assert_eq!(minor(eur("0.05").split_by_ratio(&[0, 1, 0, 1]).expect("weights")), [0, 3, 0, 2]);
    assert_eq!(eur("1").split_by_ratio(&[]), Err(NoWeight));
    assert_eq!(eur("1").split_by_ratio(&[0, 0]), Err(NoWeight));
    for extreme in [i128::MIN, i128::MAX] {
        let amount = Amount::<Eur>::from_minor(extreme);
        assert_eq!(minor(amount.split_by_ratio(&[7]).expect("a weight")), [extreme]);
        let parts = amount.split_by_ratio(&[u32::MAX, 1, u32::MAX]).expect("weights");
        assert_eq!(Amount::checked_sum(parts), Ok(amount));
    }
}

#[test]
fn an_amount_that_does_not_fit_a_slot_is_an_error_and_changes_nothing() {
    let n0 = replica("n0");
    let mut sum = AmountCounter::<Eur>::default();
    assert_eq!(sum.add(n0, Amount::from_minor(i128::from(u64::MAX) + 1)), Err(Overflow));
    assert!(sum.is_bottom());
    sum.add(n0, Amount::from_minor(u64::MAX.into())).expect("fits exactly");
    let full = sum.clone();
    assert_eq!(sum.add(n0, eur("0.01")), Err(Overflow));
    assert_eq!(sum, full);
    sum.add(n0, Amount::from_minor(-i128::from(u64::MAX))).expect("the other direction is empty");
    assert_eq!(sum.value(), Amount::default());
    assert_eq!(sum.of(n0).0.minor(), u64::MAX.into());
}

#[test]
fn states_of_another_unit_or_scale_are_refused() {
    enum Dollar {}
    impl Unit for Dollar {
        const CODE: &'static str = "USD";
        const SCALE: u8 = 2;
    }
    enum Mill {}
    impl Unit for Mill {
        const CODE: &'static str = "EUR";
        const SCALE: u8 = 3;
    }
    let mut sum = AmountCounter::<Eur>::default();
    sum.add(replica("n0"), eur("12.34")).expect("fits");
    let text = serde_json::to_string(&sum).expect("is text");
    assert_eq!(text, r#"{"unit":["EUR",2],"minor":{"n0@1":[1234,0]}}"#);
    let bytes = postcard::to_allocvec(&sum).expect("is bytes");
    assert_eq!(postcard::from_bytes::<AmountCounter<Eur>>(&bytes), Ok(sum));
    assert!(serde_json::from_str::<AmountCounter<Dollar>>(&text).is_err());
    assert!(serde_json::from_str::<AmountCounter<Mill>>(&text).is_err());
    assert!(postcard::from_bytes::<AmountCounter<Dollar>>(&bytes).is_err());
    assert!(postcard::from_bytes::<AmountCounter<Mill>>(&bytes).is_err());

    let (text, bytes) = (r#""-12.30 EUR""#, postcard::to_allocvec(&eur("-12.3")).expect("is bytes"));
    assert_eq!(serde_json::to_string(&eur("-12.3")).expect("is text"), text);
    assert_eq!(serde_json::from_str::<Amount<Eur>>(text).expect("comes back"), eur("-12.3"));
    assert_eq!(postcard::from_bytes::<Amount<Eur>>(&bytes), Ok(eur("-12.3")));
    assert!(postcard::from_bytes::<Amount<Mill>>(&bytes).is_err());
    let mut refused: Vec<&str> = vec!["12.3", "1"];
    refused.extend([r#""12.30""#, r#""12.3 EUR""#, r#""012.30 EUR""#, r#""-0.00 EUR""#, r#""12.300 EUR""#]);
    for text in refused {
        assert!(serde_json::from_str::<Amount<Eur>>(text).is_err(), "{text}");
    }
}
