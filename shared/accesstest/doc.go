// Package accesstest is what the tests of Curfew share.
//
//   - Contract suites: [StoreContract], [CloudContract] and [WorkflowContract] are transcriptions of the comments in
//     record/store.go and access/ports.go. Every implementation of a port passes the same suite: the ones in memory here, the ones on AWS
//     beside their code. What a world cannot do it names, and the suite says aloud what it left out.
//   - Faults: [FaultyStore], [FaultyCloud] and [FaultyWorkflow] wrap any port and let calls fail, crash, come late or be
//     lost, as an [Interposer] has it.
//   - Stories: a whole Curfew in memory, told in sentences, and the checker that holds the invariants against it after
//     every step.
package accesstest
