// Package identity represents the authenticated caller: a person or a machine.
package identity
