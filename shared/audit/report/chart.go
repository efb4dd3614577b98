package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"curfew/shared/audit/queries"
)

// The colours differ in lightness too, for print in grey and for people who do not see colours.
var shades = []string{"#1f4e79", "#a9c4dc"}

const (
	wide, high        = 720, 240
	left, right       = 44, 8
	top, bottom       = 20, 28
	mostBars          = 92
	widest            = 56.0
	barHeight, barGap = 20, 8
	besideBars        = 110
)

// bar is a label and one value for each series.
type bar struct {
	label  string
	values []int64
}

func (b bar) total() (n int64) {
	for _, v := range b.values {
		n += v
	}
	return n
}

// svg draws the chart, with its numbers in words for people who do not see it.
func (c Chart) svg(a Answer, id string) template.HTML {
	bars := c.bars(a)
	var s strings.Builder
	height := high
	if c.Kind == "sums" {
		height = len(bars)*(barHeight+barGap) + barGap
	}
	fmt.Fprintf(&s, `<svg role="img" viewBox="0 0 %d %d" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		wide, height, id, id, id, html.EscapeString(c.Title), id, html.EscapeString(c.words(bars)))
	if c.Kind == "sums" {
		across(&s, bars)
	} else {
		upright(&s, bars, c.Kind == "columns")
	}
	s.WriteString("</svg>")
	return template.HTML(s.String())
}

func (c Chart) bars(a Answer) (all []bar) {
	if c.Kind == "sums" {
		for _, name := range c.Series {
			var n int64
			for _, v := range a.values(name) {
				n += whole(v)
			}
			all = append(all, bar{words(name), []int64{n}})
		}
		return all
	}
	labels := a.values(c.Label)
	for i := range a.Rows {
		b := bar{label: text(labels[i])}
		for _, name := range c.Series {
			b.values = append(b.values, whole(a.values(name)[i]))
		}
		all = append(all, b)
	}
	if c.Kind == "days" {
		all = joined(all)
	}
	return all
}

// joined puts days together until the bars can be told apart.
func joined(all []bar) (out []bar) {
	by := (len(all) + mostBars - 1) / mostBars
	for i, b := range all {
		if i%by == 0 {
			out = append(out, b)
			continue
		}
		last := &out[len(out)-1]
		for k, v := range b.values {
			last.values[k] += v
		}
	}
	return out
}

func (c Chart) words(bars []bar) string {
	if len(bars) == 0 {
		return "There is nothing to show."
	}
	if c.Kind != "days" {
		var parts []string
		for _, b := range bars {
			parts = append(parts, fmt.Sprintf("%s: %d", b.label, b.total()))
		}
		return strings.Join(parts, ", ") + "."
	}
	most, sum := bars[0], int64(0)
	for _, b := range bars {
		sum += b.total()
		if b.total() > most.total() {
			most = b
		}
	}
	return fmt.Sprintf("%d from %s to %s. The most, %d, are at %s.", sum, bars[0].label, bars[len(bars)-1].label, most.total(), most.label)
}

// upright draws bars on an axis of numbers.
func upright(s *strings.Builder, bars []bar, labelled bool) {
	var most int64 = 1
	for _, b := range bars {
		most = max(most, b.total())
	}
	step := stepFor(most)
	ceiling := (most + step - 1) / step * step
	height := float64(high - top - bottom)
	for n := int64(0); n <= ceiling; n += step {
		y := float64(high-bottom) - height*float64(n)/float64(ceiling)
		fmt.Fprintf(s, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="grid"/><text x="%d" y="%.1f" class="end">%s</text>`, left, wide-right, y, y, left-6, y+4, grouped(n))
	}
	slot := float64(wide-left-right) / float64(max(1, len(bars)))
	every := max(1, (len(bars)+7)/8)
	for i, b := range bars {
		width := min(slot*0.78, widest)
		x, y := float64(left)+slot*float64(i)+(slot-width)/2, float64(high-bottom)
		for k, v := range b.values {
			h := height * float64(v) / float64(ceiling)
			y -= h
			fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, y, width, h, shades[k%len(shades)])
		}
		if labelled {
			fmt.Fprintf(s, `<text x="%.1f" y="%.1f" class="middle value">%s</text>`, x+width/2, y-5, grouped(b.total()))
		}
		if i%every == 0 {
			fmt.Fprintf(s, `<text x="%.1f" y="%d" class="middle">%s</text>`, x+width/2, high-8, html.EscapeString(short(b.label)))
		}
	}
}

// across draws lying bars with their labels before and their numbers behind them.
func across(s *strings.Builder, bars []bar) {
	var most int64 = 1
	for _, b := range bars {
		most = max(most, b.total())
	}
	for i, b := range bars {
		y := barGap + i*(barHeight+barGap)
		width := float64(wide-2*besideBars) * float64(b.total()) / float64(most)
		fmt.Fprintf(s, `<text x="%d" y="%d" class="end">%s</text><rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/><text x="%.1f" y="%d" class="value">%s</text>`,
			besideBars-8, y+barHeight-6, html.EscapeString(b.label), besideBars, y, width, barHeight, shades[0], float64(besideBars)+width+6, y+barHeight-6, grouped(b.total()))
	}
}

// stepFor returns 1, 2 or 5 times a power of ten, so that an axis has 3 to 6 steps.
func stepFor(most int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, by := range []int64{1, 2, 5} {
			if most <= 5*by*unit {
				return by * unit
			}
		}
	}
}

// short leaves out the year of a day.
func short(label string) string {
	if len(label) == len("2026-11-30") && label[4] == '-' {
		return label[5:]
	}
	return label
}

func whole(v queries.Value) int64 {
	n, _ := v.(int64)
	return n
}
