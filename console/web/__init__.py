"""The web console for people: pages made on the server, a little script in the browser, nothing from outside."""
