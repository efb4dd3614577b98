// Package api has the operations of Curfew in one table, and the types of their inputs and answers. Package httpapi serves
// the table over HTTP; the command line uses the types; other servers call operations by name with JSON.
//
// [Operation.Call] reads its input strictly. The caller is never part of it. openapi.json in package httpapi describes every
// type; tests compare them.
package api
