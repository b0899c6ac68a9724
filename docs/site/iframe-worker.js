// Browsers start no workers on pages that were opened as files. There, search runs in a
// hidden frame, which takes the messages that the worker would take.
class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    this.frame.srcdoc = `<script>
      var postMessage = parent.postMessage.bind(parent);
      var importScripts = (...urls) => urls.reduce(
        (before, url) => before.then(() => new Promise((done, failed) => {
          const script = document.createElement("script");
          script.src = url; script.onload = done; script.onerror = failed;
          document.body.appendChild(script);
        })), Promise.resolve());
    </script><body></body>`;
    this.ready = new Promise((done) => {
      this.frame.onload = () => done(this.frame.contentWindow.importScripts(url));
    });
    this.take = (event) => {
      if (event.source === this.frame.contentWindow) {
        const message = new MessageEvent("message", { data: event.data });
        this.dispatchEvent(message);
        if (this.onmessage) this.onmessage(message);
      }
    };
    addEventListener("message", this.take);
    document.body.appendChild(this.frame);
  }
  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(
      new MessageEvent("message", { data })));
  }
  terminate() {
    removeEventListener("message", this.take);
    this.frame.remove();
  }
}

if (location.protocol === "file:") window.Worker = IFrameWorker;
