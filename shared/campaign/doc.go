// Package campaign stores which privilege stands, one item a principal, and what its owners answer. Only function review writes
// items, in campaign#, and only decide writes answers, in signature#. An answer counts for the facts that the owner saw.
package campaign
