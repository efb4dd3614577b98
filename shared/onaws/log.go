package onaws

import (
	"io"
	"log/slog"
	"time"
)

// version is set by the linker (scripts/build).
var version = "dev"

// Version returns the build's version; "dev" without scripts/build.
func Version() string { return version }

// NewLog writes one JSON object per line, with the function's name and UTC times, for CloudWatch Logs Insights. Callers
// log ids, never payloads, tokens or secrets.
func NewLog(w io.Writer, function string) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindTime {
			a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Millisecond))
		}
		return a
	}})
	return slog.New(h).With(slog.String("function", function))
}

// Begin logs the build and the catalog's hash when a process starts; empty: no catalog.
func Begin(log *slog.Logger, catalog string) {
	attrs := []any{slog.String("version", version)}
	if catalog != "" {
		attrs = append(attrs, slog.String("catalog", catalog))
	}
	log.Info("begin", attrs...)
}
