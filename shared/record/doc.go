// Package record keeps rows in two tables: what changes, and the evidence of it. It knows nothing of elevations.
package record
