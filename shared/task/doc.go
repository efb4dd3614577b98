// Package task records starts and ends of tasks, the reasons for elevations. taskid.go has the grammar of ids.
package task
