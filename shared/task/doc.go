// Package task keeps what was told of tasks: the reasons for which access is asked, whose starts and ends come as events. taskid.go
// is the one grammar of their ids.
package task
