// Package inprocess is AWS in memory: the ports of package access, kept by values in this process.
//
// It serves tests, the simulation and the rehearsal on a developer's machine. It is not a set of mocks: it keeps state,
// it has the semantics and the unpleasantness of the real services (late indexes, late removal by TTL, quotas, slow
// propagation, stale reads), and it passes the same contract suite as the ports on AWS.
//
//   - [Store] is DynamoDB: transactions, indexes that lag, a change stream, removal by TTL.
//   - [IAM] is identity and access management in one or many accounts, read from a world file; it also answers whether a
//     call would be allowed by what is enforced at an instant. [Cloud] is the port over it.
//   - [Workflow] is Step Functions and Lambda: it runs the state machine by the engine in the folder asl.
//   - [Notifier] keeps what was sent.
//
// Whatever waits uses package time, so that everything runs under testing/synctest. Close ends every goroutine.
package inprocess
