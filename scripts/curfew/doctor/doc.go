// Package doctor checks a deployed installation with credentials of its account, and changes nothing: whether the
// resources exist, whether the five nets work, and whether alarms reach people.
//
// A test compares what it expects with the template of the stack in infra. Elevations are not checked: the API shows
// them.
package doctor
