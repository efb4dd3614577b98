// Package trail runs files of CloudTrail records through the attribution of shared/trail, for the command line: who did what by which right.
//
//	files              folders, files and standard input, in the order of time
//	elevation          elevations as "curfew show ID -o json" prints them
//	baseline           principals' own policies, from the details of an account
//	survey             a first look: which principals, from when to when
//	attribute          the records, attributed and counted
//	report, advice     what is printed
package trail
