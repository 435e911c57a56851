//! The law of gossip: how long until the last node knows.

use std::time::Duration;

use crate::setup::Setup;

/// The mean time until all nodes have what one of them has, when each sends its full state at random times, on average
/// once in an interval, to `fanout` random others.
///
/// With i of n informed, the next round of one of them comes after interval / i on average; how many of its peers are news is
/// hypergeometric, and each message is lost with the loss. That chain is solved exactly. A message's own travel comes on top
/// once per generation of the last node: one more than the mean of those who could have told it.
pub fn spread_ms(setup: &Setup) -> f64 {
    let ms = |span: Duration| 1e3 * span.as_secs_f64();
    let nodes = usize::from(setup.replicas);
    if nodes < 2 {
        return 0.0;
    }
    let fanout = setup.fanout.min(nodes - 1);
    // How likely it is that so many are ever informed at once, and of how late a generation they then are on average.
    let (mut likely, mut generation) = (vec![0.0; nodes + 1], vec![0.0; nodes + 1]);
    likely[1] = 1.0;
    let (mut waiting, mut last_generation) = (0.0, 0.0);
    for informed in 1..nodes {
        let here: f64 = likely[informed];
        if here <= 0.0 {
            continue;
        }
        let mean = generation[informed] / here;
        let news = newly_informed(nodes, informed, fanout, setup.loss);
        let moving = 1.0 - news[0];
        waiting += here * ms(setup.gossip_interval) / informed as f64 / moving;
        for (gain, chance) in news.iter().enumerate().skip(1).filter(|(gain, _)| informed + gain <= nodes) {
            let next = here * chance / moving;
            likely[informed + gain] += next;
            generation[informed + gain] += next * (mean + gain as f64 / (informed + gain) as f64);
            if informed + gain == nodes {
                last_generation += next * (mean + 1.0);
            }
        }
    }
    waiting + last_generation * (ms(setup.round_trip) / 2.0 + ms(setup.hop))
}

/// The probability that a round of one informed node informs so many more.
#[expect(clippy::needless_range_loop, reason = "the number that arrived is what the formula is about")]
fn newly_informed(nodes: usize, informed: usize, fanout: usize, loss: f64) -> Vec<f64> {
    let mut chances = vec![1.0];
    // Peers are drawn one after the other without putting back; what counts is how many of them did not know.
    let mut by_uninformed = vec![1.0];
    for drawn in 0..fanout {
        let mut next = vec![0.0; by_uninformed.len() + 1];
        for (found, chance) in by_uninformed.iter().enumerate() {
            let ignorant = (nodes - informed).saturating_sub(found) as f64 / (nodes - 1 - drawn) as f64;
            next[found + 1] += chance * ignorant;
            next[found] += chance * (1.0 - ignorant);
        }
        by_uninformed = next;
    }
    chances.resize(by_uninformed.len(), 0.0);
    chances[0] = 0.0;
    for (found, chance) in by_uninformed.iter().enumerate() {
        for arrived in 0..=found {
            let missed = found - arrived;
            let ways = choose(found, arrived);
            let arrive = libm::pow(1.0 - loss, arrived as f64) * libm::pow(loss, missed as f64);
            chances[arrived] += chance * ways * arrive;
        }
    }
    chances
}

fn choose(from: usize, count: usize) -> f64 {
    (0..count).map(|step| (from - step) as f64 / (step + 1) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(replicas: u16, fanout: usize, loss: f64) -> Setup {
        let (round_trip, hop) = (Duration::ZERO, Duration::ZERO);
        let gossip_interval = Duration::from_millis(100);
        Setup { replicas, round_trip, hop, gossip_interval, fanout, loss, ..Setup::default() }
    }

    #[test]
    fn with_two_nodes_it_is_one_interval_and_loss_repeats_it() {
        assert!((spread_ms(&setup(2, 1, 0.0)) - 100.0).abs() < 1e-9);
        assert!((spread_ms(&setup(2, 1, 0.5)) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn with_one_peer_a_round_it_is_the_known_sum() {
        let sum: f64 = (1..5).map(|i| 100.0 * 4.0 / f64::from(i * (5 - i))).sum();
        assert!((spread_ms(&setup(5, 1, 0.0)) - sum).abs() < 1e-9);
    }

    #[test]
    fn who_tells_everybody_needs_one_round() {
        assert!((spread_ms(&setup(5, 4, 0.0)) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_chances_of_a_round_add_up_to_one() {
        for informed in 1..7 {
            let sum: f64 = newly_informed(7, informed, 3, 0.3).iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{informed}: {sum}");
        }
    }
}
