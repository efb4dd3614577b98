// Package campaign stores which privilege stands, one item a principal, and what its owners say: that it is kept, and why, or that
// it was removed. Function review opens items in campaign#, which it alone writes; function decide alone writes the answers, in
// signature#. An item's row alone answers nothing, and an answer counts for the facts that the owner saw.
package campaign
