// Package message has the messages to people about elevations, reviews and findings, as data, and their form in each channel.
//
// A message has no token, no secret, and no link that decides: its link shows the elevation on the console, where the reader signs in.
// What others wrote is inert in each form: it is cut, what a reader would not see is escaped, and no value begins a line or a field.
package message
