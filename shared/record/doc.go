// Package record keeps rows in two tables: what changes, and the evidence of it. It knows nothing of elevations.
//
// What is decided on what was read is changed by [Update], which reads, decides, and writes in one transaction. A row that nothing
// depends on (a task token, the place of a survey, a caller who was seen) is written with its condition by [Store.Write]. The four
// rules:
//
//   - Intent before effect: what is about to be done is stored before anything outside is touched, so that whoever comes after a
//     crash knows what may have happened.
//   - State and evidence in one transaction: no state without its record, no record without its state.
//   - A conflict reads again: another was faster, and every rule is asked anew of what it wrote.
//   - A lost answer is found by reading: a write that failed may have been made. Who repeats it gets a conflict, reads, and sees.
package record
