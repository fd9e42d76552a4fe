// What help pages say about templates in bodies.

export const TEMPLATE_HELP = `Body and Header values of the messages may use templates to create unique messages.

  COMMAND test --count 10 "Message {{Count}} @ {{Time}}"

Multiple messages with random strings between 10 and 100 long:

  COMMAND test --count 10 "Message {{Count}}: {{ Random 10 100 }}"

Available template functions are:

  Count            the message number
  TimeStamp        RFC3339 format current time
  Unix             seconds since 1970 in UTC
  UnixNano         nano seconds since 1970 in UTC
  Time             the current time
  ID               an unique ID
  Random min max   random string at least min long, at most max`;
