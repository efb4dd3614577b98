package onaws

import (
	"context"
	"log/slog"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

type Notifier struct {
	Sender    // package sns
	Publisher // package events
	// Importer is package securityhub; nil: none.
	Importer FindingImporter
	Log      *slog.Logger
}

type (
	// Sender sends messages to people.
	Sender interface {
		Send(context.Context, access.Message) error
	}
	// Publisher sends events to systems.
	Publisher interface {
		Publish(context.Context, access.Event) error
		PublishFinding(context.Context, finding.Stored) error
	}
	// FindingImporter sends findings to another product.
	FindingImporter interface {
		ImportFinding(context.Context, finding.Stored) error
	}
)

var _ access.Notifier = Notifier{}

// PublishFinding also imports the finding. Only a transient failure of the import is repeated, and with it the messages: a
// Security Hub that is off must not page people again and again.
func (n Notifier) PublishFinding(ctx context.Context, f finding.Stored) error {
	if err := n.Publisher.PublishFinding(ctx, f); err != nil || n.Importer == nil {
		return err
	}
	err := n.Importer.ImportFinding(ctx, f)
	if err != nil && fault.KindOf(err) != fault.Transient {
		n.Log.ErrorContext(ctx, "finding not imported", "finding", f.Value.ID, "error", err)
		return nil
	}
	return err
}
