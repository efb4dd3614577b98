// node look.mjs BROWSER FILE prints what a browser and axe-core say of a page, as JSON.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const [browserPath, file] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
const page = await browser.newPage({ bypassCSP: true }) // axe-core is a script; the page allows none
const errors = []
page.on('console', message => message.type() === 'error' && errors.push(message.text()))
page.on('pageerror', error => errors.push(String(error)))
await page.goto('file://' + file)
const sideways = {}
for (const width of [400, 1200]) {
  await page.setViewportSize({ width, height: 900 })
  sideways[width] = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}
await page.evaluate(axe)
const { passes, violations } = await page.evaluate('axe.run()')
const pdf = await page.pdf({ preferCSSPageSize: true })
await browser.close()
console.log(JSON.stringify({
  errors,
  sideways,
  passes: passes.length,
  violations: violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' ')}`),
  pages: (pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length,
}))
