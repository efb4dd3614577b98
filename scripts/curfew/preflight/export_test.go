package preflight

// What is held against the shipped file.
var IsSCP = isSCP
