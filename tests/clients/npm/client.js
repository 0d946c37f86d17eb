// client.js HOST PORT HAM SPAM: a ham and a spam through Haraka's spamassassin plugin (with the connection and transaction
// objects that Haraka publishes for tests of plugins) and through the library "spamc".
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const fixtures = require('haraka-test-fixtures')
const Spamc = require('spamc')

const [host, port, hamFile, spamFile] = process.argv.slice(2)
let failures = 0

function ok(name, condition, seen) {
	if (!condition) failures++
	console.log(`${condition ? 'ok' : 'FAIL'} ${name}${condition ? '' : ': ' + JSON.stringify(seen)}`)
}

// The plugin's verdict on one message, and what it did to the header.
function haraka(file) {
	return new Promise((resolve) => {
		const plugin = new fixtures.plugin(path.dirname(require.resolve('haraka-plugin-spamassassin/package.json')))
		const connection = fixtures.connection.createConnection()
		connection.init_transaction?.()
		const txn = connection.transaction ?? (connection.transaction = new fixtures.transaction.Transaction('TEST', {}))
		plugin.register()
		plugin.cfg.main.spamd_socket = `${host}:${port}`
		plugin.cfg.main.reject_threshold = 15
		plugin.cfg.main.add_headers = true
		txn.mail_from = { address: 'a@example.net' }
		const [head, ...rest] = fs.readFileSync(file, 'latin1').split('\n\n')
		for (const line of head.split('\n')) txn.add_data(`${line}\r\n`)
		txn.add_data('\r\n')
		for (const line of rest.join('\n\n').replace(/\n$/, '').split('\n')) txn.add_data(`${line}\r\n`)
		txn.end_data(() =>
			plugin.spamassassin_data_post((code, message) => resolve({ code, message, ...txn.notes.spamassassin }), connection),
		)
	})
}

const call = (method, ...args) =>
	new Promise((resolve) => new Spamc(host, Number(port), 30)[method](...args, (error, answer) => resolve(error ? { error } : answer)))

async function run() {
	const ham = await haraka(hamFile)
	ok('haraka: ham has its score', ham.flag === false && /^-?\d+\.\d$/.test(ham.score) && ham.reqd === '5.0', ham)
	ok('haraka: ham is accepted', ham.code === undefined, ham)
	ok('haraka: ham has its status', /^No, score=/.test(ham.headers?.Status ?? ''), ham)
	const spam = await haraka(spamFile)
	ok('haraka: spam has its score', spam.flag === true && spam.score === '1000.0', spam)
	ok('haraka: spam is refused', /exceeded/.test(spam.message ?? ''), spam)
	ok('haraka: spam has its tests', /\bGTUBE\b/.test(spam.tests ?? ''), spam)

	const text = (file) => fs.readFileSync(file, 'latin1').replace(/\n/g, '\r\n')
	ok('spamc: ping', (await call('ping')) === true)
	let answer = await call('check', text(hamFile))
	ok('spamc: check of ham', answer.isSpam === false && answer.baseSpamScore === 5, answer)
	answer = await call('check', text(spamFile))
	ok('spamc: check of spam', answer.isSpam === true && answer.spamScore > 900, answer)
	answer = await call('symbols', text(spamFile))
	ok('spamc: symbols', (answer.matches ?? []).length > 0, answer)
	answer = await call('report', text(spamFile))
	ok('spamc: report', /GTUBE/.test(JSON.stringify(answer.report ?? '')), answer)
	answer = await call('headers', text(spamFile))
	ok('spamc: headers', (answer.headers ?? []).some((line) => /^X-Spam-Flag: YES/.test(line)), answer)
	answer = await call('process', text(spamFile))
	ok('spamc: process', /^X-Spam-Flag: YES/m.test(answer.message ?? ''), answer)
	answer = await call('learn', text(spamFile), 'spam')
	ok('spamc: learn', answer.responseCode === 0 && answer.didSet === true, answer)
	process.exit(failures ? 1 : 0)
}
setTimeout(() => process.exit(2), 100000).unref()
run()
