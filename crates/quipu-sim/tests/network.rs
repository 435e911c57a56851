//! What the network promises: order, partitions, chance, and the counts.

use std::collections::BTreeSet;
use std::time::Duration;

use quipu_node::{Rng, Service, Time};
use quipu_sim::{Distribution, Endpoint, Latency, LossCause, MessageCounts, Network, NetworkConfig, Passage};

const N0: Endpoint = Endpoint::Node(0);
const N1: Endpoint = Endpoint::Node(1);
const N2: Endpoint = Endpoint::Node(2);
const C0: Endpoint = Endpoint::Client(0);
const SEQ_KV: Endpoint = Endpoint::Service(Service::SeqKv);

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn instant() -> NetworkConfig {
    NetworkConfig { hop: Duration::ZERO, ..NetworkConfig::default() }
}

fn exponential(mean_ms: u64) -> NetworkConfig {
    let latency = Latency { mean: Duration::from_millis(mean_ms), distribution: Distribution::Exponential };
    NetworkConfig { latency, ..instant() }
}

fn constant(mean_ms: u64) -> NetworkConfig {
    let latency = Latency { mean: Duration::from_millis(mean_ms), distribution: Distribution::Constant };
    NetworkConfig { latency, ..instant() }
}

fn network(config: NetworkConfig) -> Network<u32> {
    Network::new(config, Rng::new(11))
}

/// All that happens until `end`, polled at the very moments: (when, payload, lost for which cause).
fn run(network: &mut Network<u32>, end: Time) -> Vec<(Time, u32, Option<LossCause>)> {
    let mut passages = Vec::new();
    while let Some(at) = network.next_due().filter(|at| *at <= end) {
        match network.poll(at) {
            Some(Passage::Delivered(envelope)) => passages.push((at, envelope.payload, None)),
            Some(Passage::Lost { envelope, cause }) => passages.push((at, envelope.payload, Some(cause))),
            None => {}
        }
    }
    passages
}

#[test]
fn messages_of_clients_have_no_latency_all_others_have() {
    for (from, to, expected) in [(C0, N0, 0), (N0, C0, 0), (N0, N1, 50), (N0, SEQ_KV, 50), (SEQ_KV, N0, 50)] {
        let mut network = network(constant(50));
        network.send(ms(1), from, to, 7);
        assert_eq!(run(&mut network, ms(1000)), [(ms(1 + expected), 7, None)], "{from} to {to}");
    }
}

#[test]
fn a_message_from_afar_holds_nobody_back_if_links_are_apart_and_otherwise_does() {
    for (apart, near) in [(false, 51), (true, 2)] {
        let mut network = network(NetworkConfig { apart, ..constant(50) });
        network.send(ms(1), N1, N0, 1);
        network.send(ms(2), C0, N0, 2);
        let mut expected = vec![(ms(51), 1, None), (ms(near), 2, None)];
        expected.sort();
        assert_eq!(run(&mut network, ms(1000)), expected);
    }
}

#[test]
fn links_apart_meet_a_partition_on_arrival() {
    let mut network = network(NetworkConfig { apart: true, ..constant(50) });
    network.send(ms(0), N1, N0, 1);
    assert_eq!(run(&mut network, ms(10)), []);
    network.block(0, 1);
    assert_eq!(run(&mut network, ms(1000)), [(ms(50), 1, Some(LossCause::Partition))]);
}

#[test]
fn equal_latencies_keep_the_order_of_sending() {
    let mut network = network(constant(5));
    for payload in 0..100 {
        network.send(ms(0), N0, N1, payload);
    }
    let payloads: Vec<u32> = run(&mut network, ms(1000)).iter().map(|(_, payload, _)| *payload).collect();
    assert_eq!(payloads, (0..100).collect::<Vec<_>>());
}

#[test]
fn unequal_latencies_reorder_but_a_message_picked_up_early_holds_back_the_rest() {
    let mut network = network(exponential(100));
    for payload in 0..50 {
        network.send(ms(0), N0, N1, payload);
    }
    let passages = run(&mut network, ms(10_000));
    // The reader was idle when the first was sent, so it took that one and waited for it.
    assert_eq!(passages[0].1, 0);
    let rest: Vec<u32> = passages[1..].iter().map(|(_, payload, _)| *payload).collect();
    assert!(!rest.is_sorted(), "the others come in the order of their deadlines");
    assert_eq!(rest.iter().collect::<BTreeSet<_>>().len(), 49);
}

#[test]
fn a_client_waits_behind_a_slow_message_that_the_node_s_reader_has_picked_up() {
    let mut network = network(constant(50));
    network.send(ms(0), N0, N1, 1);
    network.send(ms(10), C0, N1, 2);
    assert_eq!(run(&mut network, ms(1000)), [(ms(50), 1, None), (ms(50), 2, None)]);
}

#[test]
fn a_message_is_judged_by_the_partition_when_it_is_picked_up() {
    let mut network = network(constant(50));
    network.send(ms(0), N0, N1, 1);
    network.send(ms(0), N0, N1, 2);
    network.block(1, 0);
    // The first was picked up at once and gets through; the second is picked up when the first has arrived.
    let cut = Some(LossCause::Partition);
    assert_eq!(run(&mut network, ms(1000)), [(ms(50), 2, cut), (ms(50), 1, None)]);
    network.heal();
    network.send(ms(1000), N0, N1, 3);
    assert_eq!(run(&mut network, ms(2000)), [(ms(1050), 3, None)]);
}

#[test]
fn a_cut_is_one_way_and_spares_services_and_clients() {
    let mut network = network(instant());
    network.block(1, 0);
    let links = [(N0, N1), (N1, N0), (N2, N1), (C0, N1), (N1, C0), (SEQ_KV, N1), (N1, SEQ_KV)];
    for (payload, (from, to)) in (0..).zip(links) {
        network.send(ms(0), from, to, payload);
    }
    let passages = run(&mut network, ms(1000));
    let lost: Vec<u32> =
        passages.iter().filter(|(_, _, cause)| cause.is_some()).map(|(_, payload, _)| *payload).collect();
    assert_eq!((passages.len(), lost), (links.len(), vec![0]));
}

#[test]
fn loss_and_duplication_have_their_rates_and_spare_clients() {
    let config = NetworkConfig { loss: 0.1, duplicate: 0.2, ..instant() };
    for (from, to, expected) in [(N0, N1, (0.1, 0.2)), (N0, SEQ_KV, (0.1, 0.2)), (C0, N0, (0.0, 0.0))] {
        let mut network = network(config.clone());
        for payload in 0..10_000 {
            network.send(ms(0), from, to, payload);
        }
        let (mut lost, mut copies) = (0, 0);
        while let Some(at) = network.next_due() {
            match network.poll(at) {
                Some(Passage::Delivered(envelope)) => copies += u32::from(envelope.copy),
                Some(Passage::Lost { cause, .. }) => {
                    assert_eq!(cause, LossCause::Loss);
                    lost += 1;
                }
                None => {}
            }
        }
        let rates = (f64::from(lost) / 10_000.0, f64::from(copies) / 10_000.0);
        assert!((rates.0 - expected.0).abs() < 0.02 && (rates.1 - expected.1).abs() < 0.02, "{rates:?}");
    }
}

#[test]
fn a_reordered_message_is_overtaken_without_holding_back_others() {
    let mut network = network(NetworkConfig { reorder: 0.1, ..instant() });
    for payload in 0..1000 {
        network.send(ms(0), N0, N1, payload);
    }
    let passages = run(&mut network, ms(1000));
    assert_eq!(passages.len(), 1000);
    let at_once: Vec<u32> =
        passages.iter().filter(|(at, ..)| *at == ms(0)).map(|(_, payload, _)| *payload).collect();
    assert!(at_once.is_sorted() && (850..950).contains(&at_once.len()), "{}", at_once.len());
}

#[test]
fn hops_delay_every_delivery_and_keep_the_order() {
    let hop = Duration::from_millis(10);
    let mut network = network(NetworkConfig { hop, ..instant() });
    for payload in 0..1000 {
        network.send(ms(u64::from(payload)), C0, N0, payload);
        let passages = run(&mut network, ms(u64::from(payload)));
        assert!(passages.iter().all(|(at, sent, _)| {
            let took = at.since(ms(u64::from(*sent)));
            // Up to half a hop and a bit more if the one before took longer.
            hop / 2 <= took && took < hop * 3 / 2
        }));
    }
    let rest = run(&mut network, ms(2000));
    assert!(rest.iter().map(|(_, payload, _)| *payload).is_sorted());
}

#[test]
fn a_slow_network_is_ten_times_slower() {
    let mut network = network(constant(5));
    network.set_slow(true);
    network.send(ms(0), N0, N1, 1);
    network.set_slow(false);
    network.send(ms(0), N0, N2, 2);
    assert_eq!(run(&mut network, ms(1000)), [(ms(5), 2, None), (ms(50), 1, None)]);
}

#[test]
fn deliveries_to_a_held_node_wait_and_then_come_in_order() {
    let mut network = network(constant(5));
    network.set_hold(1, true);
    for payload in 0..3 {
        network.send(ms(u64::from(payload)), N0, N1, payload);
    }
    assert_eq!(run(&mut network, ms(100)), []);
    network.set_hold(1, false);
    let payloads: Vec<u32> = run(&mut network, ms(200)).iter().map(|(_, payload, _)| *payload).collect();
    assert_eq!(payloads, [0, 1, 2]);
}

#[test]
fn a_crash_loses_what_was_queued_and_what_arrives_before_the_restart() {
    let mut network = network(constant(5));
    network.send(ms(0), N0, N1, 1);
    network.send(ms(0), C0, N1, 2);
    network.set_down(1, true);
    network.send(ms(1), N0, N1, 3);
    let down = Some(LossCause::Down);
    let mut lost = run(&mut network, ms(10));
    lost.sort_by_key(|(_, payload, _)| *payload);
    assert_eq!(
        lost.iter().map(|(_, payload, cause)| (*payload, *cause)).collect::<Vec<_>>(),
        [(1, down), (2, down), (3, down)]
    );
    network.set_down(1, false);
    network.send(ms(20), N0, N1, 4);
    assert_eq!(run(&mut network, ms(100)), [(ms(25), 4, None)]);
}

#[test]
fn messages_are_counted_as_the_original_counts_them() {
    let mut network = network(instant());
    network.block(1, 0);
    for (from, to) in [(C0, N0), (N0, C0), (N0, N1), (N0, SEQ_KV)] {
        network.send(ms(0), from, to, 0);
    }
    run(&mut network, ms(10));
    let stats = network.stats();
    assert_eq!(stats.all, MessageCounts { send_count: 4, recv_count: 3, msg_count: 4 });
    assert_eq!(stats.clients, MessageCounts { send_count: 2, recv_count: 2, msg_count: 2 });
    assert_eq!(stats.servers, MessageCounts { send_count: 2, recv_count: 1, msg_count: 2 });
}
