// Package identity says who calls: a person or a machine, as an authorizer saw them.
package identity
