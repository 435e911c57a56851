//! The messages of etcd's protocol that the port needs, by hand: numbers and types are those of `etcdserverpb`.
//!
//! Written out rather than generated, because the generator wants a compiler of its own on every machine that builds this.
//! Fields that are never set or looked at are left out; protobuf skips them on the way in.

use prost::{Message, Oneof};

/// etcdserverpb.RangeRequest, for one key.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
}

/// etcdserverpb.RangeResponse.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RangeResponse {
    #[prost(message, repeated, tag = "2")]
    pub(super) kvs: Vec<KeyValue>,
}

/// mvccpb.KeyValue.
#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(int64, tag = "3")]
    pub(super) mod_revision: i64,
    #[prost(bytes = "vec", tag = "5")]
    pub(super) value: Vec<u8>,
}

/// etcdserverpb.PutRequest.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(super) lease: i64,
}

/// etcdserverpb.PutResponse.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PutResponse {}

/// etcdserverpb.DeleteRangeRequest, for one key.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DeleteRangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
}

/// etcdserverpb.DeleteRangeResponse.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DeleteRangeResponse {}

/// etcdserverpb.TxnRequest: if all of `compare` hold then `success`, else `failure`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TxnRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) compare: Vec<Compare>,
    #[prost(message, repeated, tag = "2")]
    pub(super) success: Vec<RequestOp>,
    #[prost(message, repeated, tag = "3")]
    pub(super) failure: Vec<RequestOp>,
}

/// etcdserverpb.TxnResponse.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TxnResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) header: Option<ResponseHeader>,
    #[prost(bool, tag = "2")]
    pub(super) succeeded: bool,
    #[prost(message, repeated, tag = "3")]
    pub(super) responses: Vec<ResponseOp>,
}

/// etcdserverpb.ResponseHeader.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ResponseHeader {
    #[prost(int64, tag = "3")]
    pub(super) revision: i64,
}

/// etcdserverpb.Compare, for equality.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Compare {
    /// 1: create revision, 2: modification revision, 3: value.
    #[prost(int32, tag = "2")]
    pub(super) target: i32,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) key: Vec<u8>,
    #[prost(oneof = "Expected", tags = "5, 6, 7")]
    pub(super) expected: Option<Expected>,
}

/// What a comparison expects.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Expected {
    #[prost(int64, tag = "5")]
    CreateRevision(i64),
    #[prost(int64, tag = "6")]
    ModRevision(i64),
    #[prost(bytes, tag = "7")]
    Value(Vec<u8>),
}

/// etcdserverpb.RequestOp.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestOp {
    #[prost(oneof = "Request", tags = "1, 2, 3, 4")]
    pub(super) request: Option<Request>,
}

/// One step of a transaction.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Request {
    #[prost(message, tag = "1")]
    Range(RangeRequest),
    #[prost(message, tag = "2")]
    Put(PutRequest),
    #[prost(message, tag = "3")]
    Delete(DeleteRangeRequest),
    #[prost(message, tag = "4")]
    Txn(TxnRequest),
}

/// etcdserverpb.ResponseOp.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ResponseOp {
    #[prost(oneof = "Response", tags = "1, 2, 3, 4")]
    pub(super) response: Option<Response>,
}

/// What a step of a transaction came to.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Response {
    #[prost(message, tag = "1")]
    Range(RangeResponse),
    #[prost(message, tag = "2")]
    Put(PutResponse),
    #[prost(message, tag = "3")]
    Delete(DeleteRangeResponse),
    #[prost(message, tag = "4")]
    Txn(TxnResponse),
}

/// etcdserverpb.LeaseGrantRequest.
#[derive(Clone, PartialEq, Message)]
pub(super) struct LeaseGrantRequest {
    /// In seconds.
    #[prost(int64, tag = "1")]
    pub(super) ttl: i64,
}

/// etcdserverpb.LeaseGrantResponse.
#[derive(Clone, PartialEq, Message)]
pub(super) struct LeaseGrantResponse {
    #[prost(int64, tag = "2")]
    pub(super) id: i64,
}

impl Compare {
    /// That the key was created at this revision; 0: that there is no such key.
    pub(super) fn create_revision(key: &[u8], revision: i64) -> Self {
        Self { target: 1, key: key.to_vec(), expected: Some(Expected::CreateRevision(revision)) }
    }

    /// That the key was last changed at this revision; 0: that there is no such key.
    pub(super) fn mod_revision(key: &[u8], revision: i64) -> Self {
        Self { target: 2, key: key.to_vec(), expected: Some(Expected::ModRevision(revision)) }
    }

    /// That the key holds this value. Never holds where there is no such key.
    pub(super) fn value(key: &[u8], value: &[u8]) -> Self {
        Self { target: 3, key: key.to_vec(), expected: Some(Expected::Value(value.to_vec())) }
    }
}

impl From<Request> for RequestOp {
    fn from(request: Request) -> Self {
        Self { request: Some(request) }
    }
}

impl TxnRequest {
    /// A transaction under one condition, of one step.
    pub(super) fn when(compare: Compare, success: Request) -> Self {
        Self { compare: vec![compare], success: vec![success.into()], failure: Vec::new() }
    }

    /// The same with a step for when the condition does not hold.
    pub(super) fn otherwise(mut self, failure: Request) -> Self {
        self.failure.push(failure.into());
        self
    }
}
