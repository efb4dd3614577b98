// Package restore rebuilds from the log what a lost table held: all evidence, and the rows on which grants depended, the
// same to the byte. Other rows are not in the log: see [Lost].
package restore
