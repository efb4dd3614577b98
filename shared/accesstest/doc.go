// Package accesstest has what Curfew's tests share.
//
//   - Contract suites: [StoreContract], [CloudContract] and [WorkflowContract] test the comments in record/store.go and
//     access/ports.go. Every implementation of a port passes the same suite, and the suite reports skipped cases.
//   - Faults: [FaultyStore], [FaultyCloud] and [FaultyWorkflow] wrap any port. An [Interposer] makes calls fail, crash,
//     come late or get lost.
//   - Stories: all of Curfew in memory. The checker tests the invariants after every step.
package accesstest
