package onaws

import (
	"io"
	"log/slog"
	"time"
)

// version is the build that this is. The linker sets it (scripts/build); nothing else does.
var version = "dev"

// Version is the build that this is: what scripts/build was given, "dev" if it was built otherwise.
func Version() string { return version }

// NewLog writes one JSON object a line, as CloudWatch Logs Insights reads them without being told how. Every line names
// the function; instants are UTC. No payload, token or secret is ever an attribute: whoever logs passes ids.
func NewLog(w io.Writer, function string) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindTime {
			a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Millisecond))
		}
		return a
	}})
	return slog.New(h).With(slog.String("function", function))
}

// Begin writes the first line of a process: which build it is, and which catalog it decides by; empty if it decides
// nothing.
func Begin(log *slog.Logger, catalog string) {
	attrs := []any{slog.String("version", version)}
	if catalog != "" {
		attrs = append(attrs, slog.String("catalog", catalog))
	}
	log.Info("begin", attrs...)
}
