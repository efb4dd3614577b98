// Package trigger has values for the catalog and the domain. Package [curfew/shared/trigger/eventbus] reads events.
package trigger
