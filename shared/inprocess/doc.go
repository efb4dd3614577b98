// Package inprocess is AWS in memory: the ports of package access, for tests, the simulation and rehearsals on a
// developer's machine.
//
// It is not a set of mocks: it keeps state, has the semantics and delays of the real services (index lag, TTL, quotas,
// propagation, stale reads), and passes the same contract tests as the ports on AWS.
//
//   - [Store] is DynamoDB: transactions, indexes, change stream, TTL.
//   - [IAM] is IAM in one or more accounts, read from a world file. It also decides whether a call is allowed. [Cloud] is
//     the port over it.
//   - [Workflow] is Step Functions and Lambda. Package asl runs the state machine.
//   - [Notifier] keeps what was sent.
//
// All waiting uses package time, so that everything runs under testing/synctest. Close ends every goroutine.
package inprocess
