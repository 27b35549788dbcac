"""Every environment variable of notify, with unit and default."""

from pydantic import Field, SecretStr

from services.notify.policy.retries import Retries
from services.notify.senders.webhook import Reach
from shared.settings import CommonSettings

DAY_S = 86_400


class Settings(CommonSettings):
    """What notify reads from the environment beside what all services share."""

    notify_smtp_url: SecretStr | None = None
    """Where mail goes.

    `smtp://user:password@host:port` (STARTTLS where the server offers it), `smtp+starttls://…` (or not at all),
    `smtp+plain://…` (never), `smtps://…`. Default: the local mailbox.
    """

    notify_from: str = "Gongdan <gongdan@localhost>"
    """The sender of all mail, name and address.

    Its domain is the domain of the Message-IDs. Default Gongdan <gongdan@localhost>.
    """

    notify_max_age_s: int = Field(DAY_S, gt=0)
    """Seconds; a fact older than this is not news any more and is suppressed, never mailed. Default one day."""

    notify_give_up_s: int = Field(DAY_S, gt=0)
    """Seconds after which a delivery that could not be made is given up, visibly. Default one day."""

    notify_retry_delay_s_first: float = Field(5.0, gt=0)
    """Seconds before the second attempt; each further pause is twice as long. Default 5."""

    notify_retry_delay_s_max: float = Field(3_600.0, gt=0)
    """Seconds; no pause is longer. Default one hour."""

    notify_lease_s: float = Field(15.0, gt=0)
    """Seconds after its last sign of life at which a worker that was sending counts as dead. Default 15."""

    notify_webhook_loopback: bool = False
    """Whether webhooks may go to loopback addresses. Default no; `gongdan run` allows it."""

    notify_webhook_private: bool = False
    """Whether webhooks may go to loopback, private and link-local addresses. Default no."""

    @property
    def webhook_reach(self) -> Reach:
        """How near webhooks may go."""
        if self.notify_webhook_private:
            return Reach.PRIVATE
        return Reach.LOOPBACK if self.notify_webhook_loopback else Reach.PUBLIC

    @property
    def retries(self) -> Retries:
        """The pace of trying again."""
        return Retries(self.notify_retry_delay_s_first, self.notify_retry_delay_s_max, self.notify_give_up_s)
